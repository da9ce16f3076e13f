//! The tool behind `script/bench`: `load ROOT PROGRAM OUT [part …]`.
//!
//! It sets a stage (a filled database, a scripted model, the program between them), runs the parts asked for, writes one
//! file of JSON a part into OUT and prints the table of all that is there. `load pass ADDRESS` is the bare relay that the
//! program is compared with, `load survive PROGRAM WORK` the tests of what a kill, a stop or a fault of the machine
//! leaves. `load ROOT PROGRAM OUT relay --streams 500 --viewers 2` is one load of one's own, and `load ROOT PROGRAM OUT
//! soak` is `script/soak`.

mod browser;
mod capacity;
mod clock;
mod fan;
mod host;
mod http;
mod memory;
/// The program's own, so that the soak folds and compares by its very rules.
#[allow(dead_code, unused_imports)]
#[path = "../../../src/model/mod.rs"]
mod model;
mod nginx;
mod page;
mod pass;
mod pin;
mod provider;
mod relay;
mod report;
mod sample;
mod script;
mod seed;
mod shape;
mod soak;
mod stage;
mod start;
mod survive;
mod texts;
mod tree;

use std::{
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::{Context, Result, bail, ensure};
use report::{Part, Row};
use serde_json::Value;
use stage::{Filling, Stage};

#[tokio::main]
async fn main() -> Result<()> {
    pin::allow_files();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match &arguments[..] {
        [pass, upstream] if pass == "pass" => pass::serve(upstream.parse()?).await,
        [survive, program, work, rest @ ..] if survive == "survive" => {
            survive::run(Path::new(program), Path::new(work), rest).await
        }
        [_, program, out, soak, options @ ..] if soak == "soak" => {
            let (program, out) = (Path::new(program), Path::new(out));
            fs::create_dir_all(out)?;
            let work = Work::new(out)?;
            soak::run(program, out, &work.0, options).await
        }
        [root, program, out, rest @ ..] => bench(Path::new(root), Path::new(program), Path::new(out), rest).await,
        _ => bail!("load ROOT PROGRAM OUT [part …]: started by script/bench"),
    }
}

async fn bench(root: &Path, program: &Path, out: &Path, arguments: &[String]) -> Result<()> {
    let options = arguments.iter().position(|argument| argument.starts_with("--")).unwrap_or(arguments.len());
    let (parts, options) = arguments.split_at(options);
    for part in parts {
        ensure!(report::PARTS.iter().any(|(known, _)| known == part), "{part} is no part");
    }
    let asked = |part: &str| parts.is_empty() || parts.iter().any(|asked| asked == part);
    let (relay, page, start) = (asked("relay") || asked("cpu"), asked("page"), asked("start"));
    let browser: Vec<_> = ["bytes", "history", "token", "work"].into_iter().filter(|part| asked(part)).collect();
    let filling = match (page || start, browser.is_empty()) {
        (true, _) => Filling::Large,
        (false, false) => Filling::Usual,
        (false, true) => Filling::People,
    };
    fs::create_dir_all(out)?;
    let work = Work::new(out)?;
    let began = Instant::now();
    let busy = load_average();
    let mut stage = Stage::set(program, &work.0, filling, asked("tree")).await?;
    let told = |part: &str| eprintln!("bench: {part}, {:.0} s since the start", began.elapsed().as_secs_f32());
    if page {
        told("page");
        report::write(out, "page", &page::run(&stage).await?)?;
    }
    if asked("tree") {
        told("tree");
        report::write(out, "tree", &tree::run(&stage).await?)?;
    }
    if relay {
        told("relay, cpu");
        let loads = relay::asked(options)?.map_or_else(relay::usual, |load| vec![load]);
        let (delay, cost) = relay::run(&stage, &loads).await?;
        report::write(out, "relay", &delay)?;
        report::write(out, "cpu", &cost)?;
    }
    if asked("nginx") {
        told("nginx");
        match path_of("NGINX") {
            Some(program) => report::write(out, "nginx", &nginx::run(&stage, &program, relay::asked(options)?).await?)?,
            None => eprintln!("bench: no nginx, so nothing is compared with it (script/setup --bench gets it)"),
        }
    }
    // It takes as long as all the others together.
    if parts.iter().any(|part| part == "capacity") {
        told("capacity");
        report::write(out, "capacity", &capacity::run(&mut stage, relay::asked(options)?).await?)?;
    }
    if asked("fanout") {
        told("fanout");
        let peer = path_of("DURABLE_STREAMS_SERVER");
        if peer.is_none() {
            eprintln!(
                "bench: no durable-streams-server, so nothing is compared with it (script/setup --bench gets it)"
            );
        }
        report::write(out, "fanout", &fan::run(&mut stage, peer.as_deref()).await?)?;
    }
    if asked("memory") {
        told("memory");
        report::write(out, "memory", &memory::run(&mut stage).await?)?;
    }
    if !browser.is_empty() {
        told("in the browser");
        browser::run(&stage, root, out, &browser)?;
    }
    if start {
        told("start");
        report::write(out, "start", &start::run(&mut stage).await?)?;
    }
    told("done");
    report::write(out, "machine", &machine(busy))?;
    println!("{}", report::table(out));
    Ok(())
}

/// A program to compare with, where script/setup found or got it.
fn path_of(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).filter(|path| !path.is_empty()).map(PathBuf::from)
}

/// What it was measured on, and what else it had to do.
fn machine(before: Option<String>) -> Part {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let read = |path| fs::read_to_string(path).unwrap_or_default();
    let text = read("/proc/cpuinfo");
    let model = text.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or("unknown", |(_, model)| model);
    let loads =
        before.zip(load_average()).map(|(before, after)| format!(", load average {before} before, {after} after"));
    let measured = format!("{cores} cores ({model}){}", loads.unwrap_or_default());
    Part { rows: vec![Row::new("Measured on", measured, "", None)], data: Value::Null }
}

fn load_average() -> Option<String> {
    Some(fs::read_to_string("/proc/loadavg").ok()?.split(' ').next()?.to_owned())
}

/// A folder for everything temporary, gone with this value.
struct Work(std::path::PathBuf);

impl Work {
    fn new(out: &Path) -> Result<Self> {
        let folder = out.join("work");
        fs::create_dir(&folder).context("another run is under way, or was interrupted")?;
        Ok(Self(folder))
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
