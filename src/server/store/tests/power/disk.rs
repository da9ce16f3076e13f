//! A disk that remembers what SQLite did to it: the files' writes, truncations and syncs, in their order, by a VFS (SQLite's
//! way to its files) that hands everything on to the usual one. And one that can be full.

use std::{
    collections::HashMap,
    ffi::{CStr, c_int, c_void},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
};

use libsqlite3_sys::{
    SQLITE_FULL, SQLITE_OK, SQLITE_OPEN_MAIN_DB, SQLITE_OPEN_WAL, sqlite3_file, sqlite3_filename, sqlite3_int64,
    sqlite3_io_methods, sqlite3_vfs, sqlite3_vfs_find, sqlite3_vfs_register,
};

/// Something that was done to a file.
#[derive(Clone, Debug)]
pub enum Op {
    Write {
        file: PathBuf,
        at: u64,
        bytes: Vec<u8>,
    },
    Truncate {
        file: PathBuf,
        size: u64,
    },
    /// Of what was done before the so-manieth, everything to this file is on the disk.
    Sync {
        file: PathBuf,
        until: usize,
    },
    /// Somebody was told something, the so-manieth.
    Told(usize),
}

/// All disks of this process.
#[derive(Default)]
struct Disks {
    /// Open files by SQLite's own handle.
    files: HashMap<usize, PathBuf>,
    /// What was done, by folder.
    done: HashMap<PathBuf, Vec<Op>>,
    /// Folders on a disk that is full.
    full: Vec<PathBuf>,
}

impl Disks {
    fn note(&mut self, op: Op, file: &Path) {
        if let Some(folder) = file.parent() {
            self.done.entry(folder.to_owned()).or_default().push(op);
        }
    }
}

fn disks() -> MutexGuard<'static, Disks> {
    static DISKS: OnceLock<Mutex<Disks>> = OnceLock::new();
    DISKS.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner)
}

/// What was done to the files of a folder so far.
pub fn done(folder: &Path) -> Vec<Op> {
    disks().done.get(folder).cloned().unwrap_or_default()
}

/// Notes that somebody was told something.
pub fn tell(folder: &Path, number: usize) {
    disks().note(Op::Told(number), &folder.join("x"));
}

/// How much was done in the folder of a file so far.
pub fn written(file: &Path) -> usize {
    file.parent().and_then(|folder| disks().done.get(folder).map(Vec::len)).unwrap_or(0)
}

/// Notes that a file was synced with all that was done before the so-manieth thing. Folders that nobody remembers are
/// passed over.
pub fn synced(file: &Path, until: usize) {
    let mut disks = disks();
    if until > 0 {
        disks.note(Op::Sync { file: file.to_owned(), until }, file);
    }
}

/// Makes the disk of a folder full, or gives it room.
pub fn fill(folder: &Path, full: bool) {
    let mut disks = disks();
    disks.full.retain(|other| other != folder);
    if full {
        disks.full.push(folder.to_owned());
    }
}

/// The usual VFS, and its way to handle files.
static USUAL: OnceLock<Usual> = OnceLock::new();
static METHODS: OnceLock<sqlite3_io_methods> = OnceLock::new();

type Open = unsafe extern "C" fn(*mut sqlite3_vfs, sqlite3_filename, *mut sqlite3_file, c_int, *mut c_int) -> c_int;

struct Usual {
    open: Open,
}

/// Makes the VFS known to SQLite; a URL chooses it with `?vfs=remembered`.
pub fn register() {
    USUAL.get_or_init(|| {
        // SAFETY: SQLite hands out its default VFS, which lives as long as the process and is only read here. Ours is a
        // copy under another name, which is leaked and so lives as long; its `xOpen` has the signature that it must have.
        unsafe {
            let usual = *sqlite3_vfs_find(std::ptr::null());
            let ours = sqlite3_vfs { zName: c"remembered".as_ptr(), xOpen: Some(open), ..usual };
            assert_eq!(sqlite3_vfs_register(Box::into_raw(Box::new(ours)), 0), SQLITE_OK);
            Usual { open: usual.xOpen.unwrap() }
        }
    });
}

// SAFETY of all below: SQLite calls them with the pointers that its interface promises, which are handed on unchanged to
// the functions that they would have gone to; only what they point at is read, within the lengths given.

unsafe extern "C" fn open(
    vfs: *mut sqlite3_vfs,
    name: sqlite3_filename,
    file: *mut sqlite3_file,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    let Some(usual) = USUAL.get() else { return libsqlite3_sys::SQLITE_ERROR };
    unsafe {
        let result = (usual.open)(vfs, name, file, flags, out);
        if result == SQLITE_OK && !name.is_null() && flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL) != 0 {
            let path = PathBuf::from(CStr::from_ptr(name).to_string_lossy().into_owned());
            disks().files.insert(file as usize, path);
            // These three are the same for all kinds of files; others, such as how one is closed, are not.
            let usual = METHODS.get_or_init(|| *(*file).pMethods);
            debug_assert!(std::ptr::fn_addr_eq(usual.xSync.unwrap(), (*(*file).pMethods).xSync.unwrap()));
            let (x_write, x_truncate, x_sync) = (Some(write as _), Some(truncate as _), Some(sync as _));
            let ours =
                sqlite3_io_methods { xWrite: x_write, xTruncate: x_truncate, xSync: x_sync, ..*(*file).pMethods };
            // Lives as long as the file may: for ever.
            (*file).pMethods = Box::into_raw(Box::new(ours));
        }
        result
    }
}

/// The path behind a handle, and whether its disk is full.
fn of(file: *mut sqlite3_file) -> (PathBuf, bool) {
    let disks = disks();
    let path = disks.files.get(&(file as usize)).cloned().unwrap_or_default();
    let full = disks.full.iter().any(|folder| path.starts_with(folder));
    (path, full)
}

unsafe extern "C" fn write(file: *mut sqlite3_file, from: *const c_void, length: c_int, at: sqlite3_int64) -> c_int {
    let (path, full) = of(file);
    let Some(usual) = METHODS.get().filter(|_| !full) else { return SQLITE_FULL };
    unsafe {
        let result = (usual.xWrite.unwrap())(file, from, length, at);
        if result == SQLITE_OK {
            let bytes = std::slice::from_raw_parts(from.cast::<u8>(), length as usize).to_vec();
            disks().note(Op::Write { file: path.clone(), at: at as u64, bytes }, &path);
        }
        result
    }
}

unsafe extern "C" fn truncate(file: *mut sqlite3_file, size: sqlite3_int64) -> c_int {
    let (path, _) = of(file);
    let Some(usual) = METHODS.get() else { return SQLITE_FULL };
    let result = unsafe { (usual.xTruncate.unwrap())(file, size) };
    if result == SQLITE_OK {
        disks().note(Op::Truncate { file: path.clone(), size: size as u64 }, &path);
    }
    result
}

unsafe extern "C" fn sync(file: *mut sqlite3_file, flags: c_int) -> c_int {
    let (path, _) = of(file);
    let Some(usual) = METHODS.get() else { return SQLITE_FULL };
    let until = written(&path);
    let result = unsafe { (usual.xSync.unwrap())(file, flags) };
    if result == SQLITE_OK {
        synced(&path, until);
    }
    result
}
