//! `load survive PROGRAM WORK [kills|stops|faults] [--kills N] [--seed S]`: whether the program survives being killed, being
//! stopped and the machine's faults, with everything it promised. The real program, its real database on the disk, real
//! viewers over HTTP; the model is in this process, which nobody kills.

mod check;
mod client;
mod faults;
mod kills;
mod life;
mod model;
mod server;
mod stops;

use std::{
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::{Context, Result, bail};

use crate::seed::Seed;
use model::Model;

/// A database with one person in it, and a model.
pub struct Stage {
    pub data: PathBuf,
    pub model: Model,
    /// The person's session.
    pub cookie: String,
}

impl Stage {
    pub async fn set(program: &Path, data: &Path) -> Result<Self> {
        let model = Model::start().await?;
        let mut seed = Seed::begin(program, data, model.id()).await?;
        let cookie = seed.someone("ada").await?.cookie;
        seed.end().await?;
        Ok(Self { data: data.to_owned(), model, cookie })
    }
}

/// Runs what is asked for; the last line is the sum.
pub async fn run(program: &Path, work: &Path, arguments: &[String]) -> Result<()> {
    let (mut kills, mut seed, mut parts) = (5, rand::random::<u64>(), Vec::new());
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        let mut number = || arguments.next().with_context(|| format!("{argument} needs a value"));
        match argument.as_str() {
            "--kills" => kills = number()?.parse()?,
            "--seed" => seed = number()?.parse()?,
            "kills" | "stops" | "faults" => parts.push(argument.as_str()),
            _ => bail!("{argument} is no part of it"),
        }
    }
    fs::create_dir_all(work)?;
    let asked = |part: &str| parts.is_empty() || parts.contains(&part);
    let mut sum = Sum::default();
    if asked("stops") {
        stops::run(program, work, &mut sum).await?;
    }
    if asked("faults") {
        faults::run(program, work, &mut sum).await?;
    }
    if asked("kills") {
        let name = format!("{kills} kills at random moments (--seed {seed})");
        sum.add(&name, kills::run(program, work, kills, seed)).await;
    }
    let word = if sum.failed == 0 { "ok" } else { "FAILED" };
    println!("test result: {word}. {} passed; {} failed; 0 ignored", sum.passed, sum.failed);
    match sum.failed {
        0 => Ok(()),
        _ => bail!("{} failed", sum.failed),
    }
}

/// How many went well.
#[derive(Default)]
pub struct Sum {
    passed: usize,
    failed: usize,
}

impl Sum {
    /// Runs one and says how it went.
    pub async fn add(&mut self, name: &str, test: impl Future<Output = Result<()>>) {
        let start = Instant::now();
        let result = test.await;
        let took = start.elapsed().as_secs_f32();
        match result {
            Ok(()) => {
                self.passed += 1;
                println!("ok      {name} ({took:.1} s)");
            }
            Err(error) => {
                self.failed += 1;
                println!("FAILED  {name} ({took:.1} s): {error:#}");
            }
        }
    }
}
