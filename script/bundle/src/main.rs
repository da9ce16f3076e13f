//! Makes the site: everything a browser loads, in one folder, ready to be embedded into the server. It does what
//! `cargo leptos build --split` does for the browser's half, from the same description (`[package.metadata.leptos]` in
//! Cargo.toml), without asking a new machine to compile that tool first. A step whose inputs are the same is not run
//! again. Prints a hash of the whole site: the server's build is told it, so that it knows when to embed again.
//!
//! `--fast` is the developer's loop: debug WASM, nothing shrunk, nothing compressed.
mod cut;
mod linked;
mod project;
mod site;
mod snip;

use anyhow::{Context, Result, bail};
use project::Project;
use site::Site;
use std::{
    env, fs,
    hash::{DefaultHasher, Hasher},
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};
use wasm_bindgen_cli_support::Bindgen;

/// What rustc emits for the target, said to wasm-opt, which otherwise refuses the file.
const WASM_FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
];

fn main() -> Result<()> {
    let fast = env::args().skip(1).any(|argument| argument == "--fast");
    let project = Project::read()?;
    let wasm = project.build_wasm(fast)?;
    // A changed tool is a changed input.
    let this = fs::read(env::current_exe()?)?;

    let code = step(&project, "code", key(&[&this, &fs::read(&wasm)?, &[fast.into()]]), |out| {
        let whole = fs::read(&wasm)?;
        let whole = if fast { whole } else { snip::snip(&whole)? };
        let (main, mut parts) = cut::cut(&whole, &project.output_name, out)?;
        bind(main, &project.output_name, out, fast)?;
        parts.push(out.join(format!("{}_bg.wasm", project.output_name)));
        if fast { Ok(()) } else { parts.iter().try_for_each(|part| shrink(part)) }
    })?;
    let style = step(&project, "style", key(&[&this, &contents(&project.style_folder())?]), |out| {
        let file = out.join(format!("{}.css", project.output_name));
        let from = project.root.join(&project.style_file);
        run(Command::new("lightningcss").args(["--bundle", "--minify"]).arg(from).arg("-o").arg(file))
    })?;

    let mut site = Site::new(project.site());
    site.add(&code, &project.site_pkg_dir)?;
    site.add(&style, &project.site_pkg_dir)?;
    let public = project.root.join(&project.assets_dir);
    if public.is_dir() {
        site.add(&public, "")?;
    }
    println!("{:016x}", site.write(!fast)?);
    Ok(())
}

fn bind(wasm: Vec<u8>, name: &str, out: &Path, fast: bool) -> Result<()> {
    let mut bindgen = Bindgen::new();
    bindgen.input_bytes(name, wasm).web(true)?.out_name(name).typescript(false);
    // The parts are put together by what the linker exported, and told apart by the names it gave.
    bindgen.keep_lld_exports(true).demangle(false);
    bindgen.debug(fast).remove_name_section(!fast).remove_producers_section(!fast);
    bindgen.generate(out)
}

fn shrink(wasm: &Path) -> Result<()> {
    let whole = wasm.with_extension("whole");
    fs::rename(wasm, &whole)?;
    run(Command::new("wasm-opt").args(["-Oz", "--converge"]).args(WASM_FEATURES).arg(&whole).arg("-o").arg(wasm))?;
    Ok(fs::remove_file(whole)?)
}

/// The folder a step filled, now or, when `key` is the same, the last time.
fn step(project: &Project, name: &str, key: u64, fill: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
    let folder = project.target.join("bundle").join(name);
    let stamp = folder.with_extension("stamp");
    let key = format!("{key:016x}");
    if folder.is_dir() && fs::read_to_string(&stamp).is_ok_and(|last| last == key) {
        return Ok(folder);
    }
    let start = Instant::now();
    // The stamp goes first and comes last: a step cut short is run again.
    fs::remove_file(&stamp).ok();
    fs::remove_dir_all(&folder).ok();
    fs::create_dir_all(&folder)?;
    fill(&folder).with_context(|| format!("bundle: {name}"))?;
    fs::write(stamp, key)?;
    eprintln!("bundle: {name} in {:.1} s", start.elapsed().as_secs_f32());
    Ok(folder)
}

fn run(command: &mut Command) -> Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let status = command.status().with_context(|| format!("{program} does not start: `script/setup` provides it"))?;
    if !status.success() {
        bail!("{program}: {status}");
    }
    Ok(())
}

fn key(parts: &[&[u8]]) -> u64 {
    let mut hasher = DefaultHasher::new();
    for part in parts {
        hasher.write_usize(part.len());
        hasher.write(part);
    }
    hasher.finish()
}

/// Names and bytes of all files below `folder`, in one piece.
fn contents(folder: &Path) -> Result<Vec<u8>> {
    let mut all = Vec::new();
    for file in site::files(folder)? {
        all.extend(file.to_string_lossy().as_bytes());
        all.extend(fs::read(&file)?);
    }
    Ok(all)
}
