//! Cuts the WASM into the part that every page needs and those that are fetched when somebody goes there: what only
//! functions marked with `wasm_split` need.
use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, anyhow};
use wasm_split_cli_support::{Options, transform};

use crate::key;

/// What fetches the parts, beside the script that it belongs to.
const LOADER: &str = "./parts.js";

/// Writes the parts, and the script that fetches them, into the folder. Returns the main part, and where the others are.
/// The name of each has a hash of the whole: a part fits no other build than its own, and no other has its name.
pub fn cut(wasm: &[u8], name: &str, out: &Path) -> Result<(Vec<u8>, Vec<PathBuf>)> {
    let main = out.join("main.wasm");
    let script = format!("./{name}.js");
    let mut options = Options::new(wasm);
    options.output_dir = out;
    options.main_out_path = &main;
    options.link_name = LOADER;
    options.main_module = &script;
    let cut = transform(options).map_err(|error| anyhow!("{error:?}"))?;

    let loader = out.join(LOADER);
    let mut text = fs::read_to_string(&loader)?;
    let mut parts = Vec::new();
    for part in cut.split_modules {
        let stem = part.file_stem().and_then(|stem| stem.to_str()).context("a part without a name")?;
        let named = format!("{stem}.{:016x}.wasm", key(&[wasm]));
        text = text.replace(&format!("\"./{stem}.wasm\""), &format!("\"./{named}\""));
        let to = part.with_file_name(named);
        fs::rename(&part, &to)?;
        parts.push(to);
    }
    fs::write(loader, text)?;
    let whole = fs::read(&main)?;
    fs::remove_file(main)?;
    Ok((whole, parts))
}
