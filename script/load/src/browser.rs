//! The parts that need a browser: their scripts are in `end2end/bench`, the stage is ours.

use std::{fs, path::Path, process::Command};

use anyhow::{Context, Result, ensure};
use serde_json::json;

use crate::{script::Script, stage::Stage};

/// Runs these parts. Each writes its own results.
pub fn run(stage: &Stage, root: &Path, out: &Path, parts: &[&str]) -> Result<()> {
    let server = stage.server()?;
    let file = stage.work.join("stage.json");
    let description = json!({
        "url": format!("http://{}", server.address),
        "provider": format!("http://{}", stage.provider.address),
        "cookie": stage.ada()?.cookie,
        "threads": stage.threads,
        "script": serde_json::to_value(Script::default())?,
        "out": out,
    });
    fs::write(&file, description.to_string())?;
    let status = Command::new("npx")
        .args(["playwright", "test", "-c", "bench.config.ts", "--output"])
        .arg(stage.work.join("browser"))
        .args(parts)
        .current_dir(root.join("end2end"))
        .env("SKEIN_BENCH", &file)
        .stdout(std::io::stderr())
        .status()
        .context("npx")?;
    ensure!(status.success(), "a part in the browser failed");
    Ok(())
}
