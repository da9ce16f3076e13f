//! What to build and where it goes, read from Cargo.toml: one description for this crate and for cargo-leptos.
use crate::run;
use anyhow::{Context, Result};
use serde_json::Value;
use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

const TRIPLE: &str = "wasm32-unknown-unknown";

pub struct Project {
    pub root: PathBuf,
    pub target: PathBuf,
    pub output_name: String,
    pub site_pkg_dir: String,
    pub style_file: String,
    pub assets_dir: String,
    site_root: String,
    library: String,
    features: String,
    profile: String,
}

impl Project {
    pub fn read() -> Result<Self> {
        let output = cargo().args(["metadata", "--no-deps", "--format-version=1"]).output()?;
        let metadata: Value = serde_json::from_slice(&output.stdout).context("cargo metadata")?;
        let package = list(&metadata["packages"])
            .find(|package| package["metadata"]["leptos"].is_object())
            .context("no [package.metadata.leptos] in Cargo.toml")?;
        let leptos = &package["metadata"]["leptos"];
        let text = |key: &str| text(leptos, key);
        let library = list(&package["targets"])
            .find(|target| list(&target["kind"]).any(|kind| kind == "cdylib"))
            .context("no cdylib in Cargo.toml")?;
        Ok(Self {
            root: self::text(&metadata, "workspace_root")?.into(),
            target: self::text(&metadata, "target_directory")?.into(),
            output_name: text("output-name")?,
            site_pkg_dir: text("site-pkg-dir")?,
            style_file: text("style-file")?,
            assets_dir: text("assets-dir")?,
            site_root: text("site-root")?,
            library: self::text(library, "name")?,
            features: list(&leptos["lib-features"]).filter_map(Value::as_str).collect::<Vec<_>>().join(","),
            profile: text("lib-profile-release")?,
        })
    }

    /// The site's folder. Cargo-leptos writes cargo's target folder, wherever that is, as the word CARGO_TARGET_DIR.
    pub fn site(&self) -> PathBuf {
        match self.site_root.strip_prefix("CARGO_TARGET_DIR/") {
            Some(rest) => self.target.join(rest),
            None => self.root.join(&self.site_root),
        }
    }

    pub fn style_folder(&self) -> PathBuf {
        self.root.join(&self.style_file).parent().unwrap_or(&self.root).to_owned()
    }

    /// Compiles the browser's half and says where the file is.
    pub fn build_wasm(&self, fast: bool) -> Result<PathBuf> {
        let (profile, folder) = if fast { ("dev", "debug") } else { (&*self.profile, &*self.profile) };
        let mut build = cargo();
        build.args(["rustc", "--lib", "--target", TRIPLE, "--profile", profile, "--features", &self.features]);
        // What refers to what: the cut goes by it.
        build.args(["--", "-Clink-args=--emit-relocs"]);
        run(build.current_dir(&self.root))?;
        Ok(self.target.join(TRIPLE).join(folder).join(Path::new(&self.library).with_extension("wasm")))
    }
}

fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value, key: &str) -> Result<String> {
    Ok(value[key].as_str().with_context(|| format!("Cargo.toml, [package.metadata.leptos]: no {key}"))?.to_owned())
}
