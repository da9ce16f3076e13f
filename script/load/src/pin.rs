//! Which core does what: the generator and the scripted model on one, what is measured on the other, so that neither takes
//! the other's time.

use std::fs;

use anyhow::{Context, Result};
use rustix::{
    process::{Pid, Resource, Rlimit, getrlimit, setrlimit},
    thread::{CpuSet, sched_getaffinity, sched_setaffinity},
};

/// The two sides, for as long as this value lives: this process on one core, what it starts through [`Pinned::start`] on
/// the other. Where there is one core alone, nothing is pinned.
pub struct Pinned {
    all: CpuSet,
    measured: Option<CpuSet>,
}

impl Pinned {
    pub fn begin() -> Result<Self> {
        let all = sched_getaffinity(None)?;
        let cores: Vec<usize> = (0..CpuSet::MAX_CPU).filter(|core| all.is_set(*core)).take(2).collect();
        let one = |core: usize| {
            let mut set = CpuSet::new();
            set.set(core);
            set
        };
        let measured = match cores[..] {
            [own, other] => {
                every_thread(&one(own))?;
                Some(one(other))
            }
            _ => None,
        };
        Ok(Self { all, measured })
    }

    /// Starts something on the core of what is measured: a child has the cores of the thread that starts it.
    pub fn start<T>(&self, start: impl FnOnce() -> Result<T>) -> Result<T> {
        let Some(measured) = &self.measured else { return start() };
        let own = sched_getaffinity(None)?;
        sched_setaffinity(None, measured)?;
        let started = start();
        sched_setaffinity(None, &own)?;
        started
    }

    /// For the table: how it was measured.
    pub fn said(&self) -> &'static str {
        match self.measured {
            Some(_) => "server alone on one core, generator on another",
            None => "not pinned: one core",
        }
    }
}

impl Drop for Pinned {
    fn drop(&mut self) {
        let _ = every_thread(&self.all);
    }
}

/// The cores of all threads of this process, and of those they will start.
fn every_thread(cores: &CpuSet) -> Result<()> {
    for thread in fs::read_dir("/proc/self/task").context("/proc")? {
        let id = thread?.file_name().to_string_lossy().parse().ok().and_then(Pid::from_raw);
        sched_setaffinity(id, cores)?;
    }
    Ok(())
}

/// Thousands of connections are thousands of open files: as many as may be.
pub fn allow_files() {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    let _ = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
}
