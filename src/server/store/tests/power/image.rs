//! What may be on a disk when the power goes: of what was done to a file since its last sync, any part may be there and any
//! part missing, whatever the order, by sectors.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use rand::{Rng, rngs::StdRng};

use super::disk::Op;

/// What a disk writes whole or not at all, in bytes.
const SECTOR: usize = 512;

/// How much of what was not synced is there.
#[derive(Clone, Copy, Debug)]
pub enum Kept {
    Nothing,
    Everything,
    /// Each thing done with this chance, and each sector of it.
    Some(f64, f64),
}

/// What is there for sure, and what was done since, each with its place in all that was done.
type File<'a> = (Vec<u8>, Vec<(usize, &'a Op)>);

/// The files after these things were done and the power went.
pub fn image(done: &[Op], kept: Kept, random: &mut StdRng) -> HashMap<PathBuf, Vec<u8>> {
    let mut files: HashMap<PathBuf, File> = HashMap::new();
    for (number, op) in done.iter().enumerate() {
        match op {
            Op::Write { file, .. } | Op::Truncate { file, .. } => {
                files.entry(file.clone()).or_default().1.push((number, op));
            }
            Op::Sync { file, until } => {
                let (content, pending) = files.entry(file.clone()).or_default();
                let there = pending.partition_point(|(number, _)| number < until);
                pending.drain(..there).for_each(|(_, op)| apply(content, op, |_| true));
            }
            Op::Told(_) => {}
        }
    }
    let mut kept_of = |(mut content, pending): File| {
        for (_, op) in pending {
            match kept {
                Kept::Nothing => {}
                Kept::Everything => apply(&mut content, op, |_| true),
                Kept::Some(things, sectors) => {
                    if random.random_bool(things) {
                        apply(&mut content, op, |_| random.random_bool(sectors));
                    }
                }
            }
        }
        content
    };
    // In one order, so that a seed tells everything.
    let mut files: Vec<_> = files.into_iter().collect();
    files.sort_by(|one, other| one.0.cmp(&other.0));
    files.into_iter().map(|(file, state)| (file, kept_of(state))).collect()
}

fn apply(content: &mut Vec<u8>, op: &Op, mut keep: impl FnMut(usize) -> bool) {
    match op {
        Op::Write { at, bytes, .. } => {
            let start = *at as usize;
            let mut from = 0;
            while from < bytes.len() {
                // Sectors are counted from the file's beginning.
                let to = ((start + from) / SECTOR * SECTOR + SECTOR - start).min(bytes.len());
                if keep(from) {
                    content.resize(content.len().max(start + to), 0);
                    content[start + from..start + to].copy_from_slice(&bytes[from..to]);
                }
                from = to;
            }
        }
        Op::Truncate { size, .. } => content.resize(*size as usize, 0),
        Op::Sync { .. } | Op::Told(_) => {}
    }
}

/// Puts the files into a folder.
pub fn put(files: &HashMap<PathBuf, Vec<u8>>, folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    for (file, content) in files {
        std::fs::write(folder.join(file.file_name().unwrap()), content).unwrap();
    }
}
