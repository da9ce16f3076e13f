//! The site's folder: what is in it is exactly what was added, and a file that did not change is not touched, because
//! the server is built again when one does.
use crate::key;
use anyhow::{Context, Result};
use brotli::enc::BrotliEncoderParams;
use flate2::{Compression, write::GzEncoder};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::Write,
    path::{Path, PathBuf},
};

/// Kinds worth compressing. Pictures and fonts already are.
const PLAIN: [&str; 10] = ["css", "html", "ico", "js", "json", "svg", "txt", "wasm", "webmanifest", "xml"];

pub struct Site {
    root: PathBuf,
    /// Path below the root, and where its bytes come from.
    files: BTreeMap<PathBuf, PathBuf>,
}

impl Site {
    pub fn new(root: PathBuf) -> Self {
        Self { root, files: BTreeMap::new() }
    }

    pub fn add(&mut self, folder: &Path, below: &str) -> Result<()> {
        for file in files(folder)? {
            self.files.insert(Path::new(below).join(file.strip_prefix(folder)?), file);
        }
        Ok(())
    }

    /// Brings the folder up to date, each plain file with its `.br` and `.gz` beside it. Returns the hash of it all.
    pub fn write(&self, compress: bool) -> Result<u64> {
        let mut wanted = BTreeSet::new();
        let mut hashed = vec![u8::from(compress)];
        for (name, source) in &self.files {
            let to = self.root.join(name);
            let bytes = fs::read(source)?;
            let changed = fs::read(&to).map_or(true, |old| old != bytes);
            if changed {
                fs::create_dir_all(to.parent().context("a file without a folder")?)?;
                fs::write(&to, &bytes)?;
            }
            let plain = name.extension().is_some_and(|kind| PLAIN.iter().any(|plain| kind == *plain));
            if compress && plain {
                for (suffix, pack) in [(".br", brotli as fn(&[u8]) -> Result<Vec<u8>>), (".gz", gzip)] {
                    let packed = beside(&to, suffix);
                    if changed || !packed.exists() {
                        fs::write(&packed, pack(&bytes)?)?;
                    }
                    wanted.insert(packed);
                }
            }
            hashed.extend(name.to_string_lossy().as_bytes());
            hashed.extend(key(&[&bytes]).to_le_bytes());
            wanted.insert(to);
        }
        for file in files(&self.root)? {
            if !wanted.contains(&file) {
                fs::remove_file(file)?;
            }
        }
        Ok(key(&[&hashed]))
    }
}

/// All files below a folder.
pub fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn beside(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn brotli(mut bytes: &[u8]) -> Result<Vec<u8>> {
    let mut packed = Vec::new();
    let params = BrotliEncoderParams { quality: 11, lgwin: 24, size_hint: bytes.len(), ..Default::default() };
    brotli::BrotliCompress(&mut bytes, &mut packed, &params)?;
    Ok(packed)
}

fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}
