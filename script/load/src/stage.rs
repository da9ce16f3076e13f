//! Where it is measured: a filled database, a scripted model and the server between them.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::{Context, Result};

use crate::{
    host::Running,
    http::Person,
    provider::Provider,
    seed::{Seed, Someone},
    shape::{EARLY, Shape},
};

/// The lengths of the threads whose pages are compared.
pub const LENGTHS: [usize; 4] = [50, 1_000, 10_000, 100_000];
/// How many threads the two lists have that are compared. The first is that of whoever has the threads above.
pub const LISTS: [usize; 2] = [100, 100_000];
/// The trees that are compared, the small one first: how many rows, and how many versions at two places.
pub const TREES: [(usize, usize); 2] = [(50, 2), (100_000, 1_000)];
/// The large database is at least this large, in bytes.
const LARGE: i64 = 1_000_000_000;

/// Which rows are needed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Filling {
    /// People alone.
    People,
    /// A list of a hundred threads, one of them with 10,000 messages.
    Usual,
    /// Everything there is to compare, and a gigabyte in all.
    Large,
}

/// The stage, for as long as this value lives.
pub struct Stage {
    pub program: PathBuf,
    /// The folder of everything temporary.
    pub work: PathBuf,
    pub provider: Provider,
    pub data: PathBuf,
    /// None while it is stopped.
    pub server: Option<Running>,
    /// With a hundred threads.
    ada: String,
    /// With a hundred thousand.
    bob: String,
    /// With nothing but the trees.
    eve: String,
    /// Sessions of many people, one each.
    crowd: Vec<String>,
    /// More sessions of Ada's: nobody has thousands of viewers in one.
    sessions: Vec<String>,
    /// Ids, by length; 0 is Bob's, of 50 messages.
    pub threads: BTreeMap<usize, String>,
    /// As many as there are [`TREES`], or none.
    pub trees: Vec<Tree>,
}

/// The ids of a thread that branches, and of a version at either place.
pub struct Tree {
    pub thread: String,
    pub early: String,
    pub late: String,
}

/// How many people a crowd has; a limit to what one person may do at a time is none to them together.
const CROWD: usize = 200;
const SESSIONS: usize = 500;

impl Stage {
    pub async fn set(program: &Path, work: &Path, filling: Filling, branching: bool) -> Result<Self> {
        let (data, start) = (work.join("data"), Instant::now());
        fs::create_dir_all(&data)?;
        let provider = Provider::start().await?;
        let mut seed = Seed::begin(program, &data, provider.model()).await?;
        let ada = seed.someone("ada").await?;
        let bob = seed.someone("bob").await?;
        let eve = seed.someone("eve").await?;
        let mut trees = Vec::new();
        for (rows, versions) in TREES.into_iter().filter(|_| branching) {
            let (thread, ids) = seed.shaped(&eve, &Shape::tree(rows, versions)).await?;
            let row = |number: usize| ids[number].clone();
            trees.push(Tree { thread, early: row(EARLY + 1), late: row(Shape::late(rows, versions) + 1) });
        }
        let (mut crowd, mut sessions) = (Vec::new(), Vec::new());
        for number in 0..CROWD {
            crowd.push(seed.someone(&format!("person{number}")).await?.cookie);
        }
        for _ in 0..SESSIONS {
            sessions.push(seed.another(&ada).await?);
        }
        let mut threads = BTreeMap::new();
        if filling == Filling::Large {
            lists(&mut seed, &bob, LISTS[1] - 1).await?;
            threads.insert(0, seed.thread(&bob, LENGTHS[0]).await?);
            let carol = seed.someone("carol").await?;
            for length in LENGTHS.into_iter().filter(|length| *length > 10_000) {
                threads.insert(length, seed.thread(&ada, length).await?);
            }
            while seed.size().await? < LARGE {
                seed.thread(&carol, 1000).await?;
            }
        }
        if filling >= Filling::Usual {
            lists(&mut seed, &ada, LISTS[0] - LENGTHS.len()).await?;
            for length in LENGTHS.into_iter().filter(|length| *length <= 10_000) {
                threads.insert(length, seed.thread(&ada, length).await?);
            }
        }
        let size = seed.size().await?;
        seed.end().await?;
        eprintln!("bench: a database of {} MB, filled in {:.1} s", size / 1_000_000, start.elapsed().as_secs_f32());
        let server = Running::server(program, &data, 0, Some(&provider.url()))?;
        let (program, work, server) = (program.to_owned(), work.to_owned(), Some(server));
        let (ada, bob, eve) = (ada.cookie, bob.cookie, eve.cookie);
        Ok(Self { program, work, provider, data, server, ada, bob, eve, crowd, sessions, threads, trees })
    }

    pub fn server(&self) -> Result<&Running> {
        self.server.as_ref().context("the server is stopped")
    }

    /// Stops the server and starts it anew on the same database, by the function.
    pub fn again(&mut self, start: impl FnOnce(&Self) -> Result<Running>) -> Result<()> {
        if let Some(server) = self.server.take() {
            server.stop()?;
        }
        self.server = Some(start(self)?);
        Ok(())
    }

    /// As it was started at first.
    pub fn started(&self) -> Result<Running> {
        Running::server(&self.program, &self.data, 0, Some(&self.provider.url()))
    }

    /// Somebody of the crowd, each in turn.
    pub fn someone(&self, number: usize) -> Result<Person> {
        Ok(Person { address: self.server()?.address, cookie: self.crowd[number % CROWD].clone() })
    }

    /// Ada in another of her sessions, each in turn.
    pub fn ada_elsewhere(&self, number: usize) -> Result<Person> {
        Ok(Person { address: self.server()?.address, cookie: self.sessions[number % SESSIONS].clone() })
    }

    pub fn ada(&self) -> Result<Person> {
        Ok(Person { address: self.server()?.address, cookie: self.ada.clone() })
    }

    pub fn bob(&self) -> Result<Person> {
        Ok(Person { address: self.server()?.address, cookie: self.bob.clone() })
    }

    pub fn eve(&self) -> Result<Person> {
        Ok(Person { address: self.server()?.address, cookie: self.eve.clone() })
    }
}

/// So many threads of one turn.
async fn lists(seed: &mut Seed, user: &Someone, threads: usize) -> Result<()> {
    for _ in 0..threads {
        seed.thread(user, 2).await?;
    }
    Ok(())
}
