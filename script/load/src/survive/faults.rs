//! The machine's faults: said clearly, nothing damaged, and all works again when the fault ends.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use tokio::time::timeout;

use super::{
    Stage, Sum,
    client::{Answer, Client},
    model::Ask,
    server::Start,
    stops::stored,
};

const PATIENCE: Duration = Duration::from_secs(90);
/// How soon a program that cannot work has to say so.
const SOON: Duration = Duration::from_secs(20);

pub async fn run(program: &Path, work: &Path, sum: &mut Sum) -> Result<()> {
    let stage = Stage::set(program, &work.join("faults")).await?;
    let start = Start::new(program, &stage.data, &stage.model.url());
    sum.add("a folder that cannot be made is said at start", no_folder(work, &start)).await;
    sum.add("a folder that cannot be written is said at start", not_writable(work, &start)).await;
    sum.add("a database that another program holds is said at start", held_at_start(&stage, &start)).await;
    sum.add("a database that another program holds for a while", held(&stage, &start)).await;
    sum.add("a disk that is full", full(work, program)).await;
    Ok(())
}

fn refused(start: &Start, words: &[&str]) -> Result<()> {
    let (status, log) = start.refusal(SOON)?;
    ensure!(!status.success(), "it ended as if all were well: {log}");
    for words in words {
        ensure!(log.contains(words), "it does not say {words:?}: {log}");
    }
    Ok(())
}

async fn no_folder(work: &Path, start: &Start) -> Result<()> {
    let file = work.join("a-file");
    fs::write(&file, "")?;
    let start = Start { data: file.join("data"), ..start.clone() };
    refused(&start, &["cannot make the data folder", "a-file/data", "set DATA_DIR"])
}

/// Whoever may do everything may write everywhere: then the program is started as somebody who may not.
async fn not_writable(work: &Path, start: &Start) -> Result<()> {
    let folder = work.join("not-writable");
    fs::create_dir_all(&folder)?;
    let (mut program, mut through) = (start.program.clone(), Vec::new());
    if fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0) {
        program = work.join("skein");
        fs::copy(&start.program, &program)?;
        through = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"].map(str::to_owned).to_vec();
        fs::set_permissions(work, fs::Permissions::from_mode(0o755))?;
    }
    // One where nothing is yet, and one with a database that can be read.
    let start = Start { data: folder.clone(), program, through, ..start.clone() };
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o555))?;
    refused(&start, &["cannot open the database", "not-writable"])?;
    for file in fs::read_dir(work.join("faults"))? {
        let file = file?;
        fs::copy(file.path(), folder.join(file.file_name()))?;
        fs::set_permissions(folder.join(file.file_name()), fs::Permissions::from_mode(0o444))?;
    }
    let result = refused(&start, &["cannot open the database", "rights"]);
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755))?;
    let _ = fs::remove_file(work.join("skein"));
    result
}

async fn hold(stage: &Stage, how: &'static str) -> Result<SqliteConnection> {
    let options = SqliteConnectOptions::new().filename(stage.data.join("skein.db"));
    let mut db = SqliteConnection::connect_with(&options.busy_timeout(Duration::from_secs(10))).await?;
    sqlx::query(how).execute(&mut db).await?;
    Ok(db)
}

async fn held_at_start(stage: &Stage, start: &Start) -> Result<()> {
    let db = hold(stage, "BEGIN EXCLUSIVE").await?;
    let refusing = start.clone();
    tokio::task::spawn_blocking(move || refused(&refusing, &["cannot open the database", "another program holds it"]))
        .await??;
    db.close().await?;
    start.server()?.terminate()
}

/// Everything that a person does is answered, if only by "not now"; what runs goes on and is stored when it can be.
async fn held(stage: &Stage, start: &Start) -> Result<()> {
    let server = start.server()?;
    let client = Client::new(server.address, &stage.cookie);
    let ask = Ask { name: 11, reasoning: 0, tokens: 100, pause: 20, bytes: 18 };
    let started = client.form("messages/start_thread", &[("text", &ask.message())]).await.done()?;
    let mut viewer = client.view(&started).await?;
    timeout(PATIENCE, viewer.until(10)).await.context("nothing is shown")??;
    let db = hold(stage, "BEGIN IMMEDIATE").await?;
    let asked = Instant::now();
    let sent: Vec<_> = (0..5)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.form("messages/start_thread", &[("text", "not now")]).await })
        })
        .collect();
    for answer in sent {
        let answer = timeout(SOON, answer).await.context("a message hangs")??;
        ensure!(answer.code(503) == Some("database_locked"), "{answer:?}");
        ensure!(matches!(answer, Answer::Refused(_, _, Some(1..))), "it does not say when to try again: {answer:?}");
    }
    ensure!(asked.elapsed() < Duration::from_secs(12), "five messages were refused after {:?}", asked.elapsed());
    let (status, page) =
        client.page(&format!("/chat/thread/{}", started["thread"].as_str().unwrap_or_default())).await?;
    ensure!(status == 200 && page.contains("word"), "nothing can be read meanwhile: {status}");
    db.close().await?;

    timeout(PATIENCE, viewer.until_over()).await.context("the answer does not end")?;
    settles(stage, &started, &viewer.seen.settled, 11).await?;
    works(&client, 12).await
}

/// Whatever was told is so in the database, with everything that was shown.
async fn settles(
    stage: &Stage,
    started: &serde_json::Value,
    told: &Option<(String, Option<String>)>,
    name: u64,
) -> Result<()> {
    let (status, failure) = told.clone().context("it was not told how it ended")?;
    let (text, kept) = stored(stage, started["thread"].as_str().unwrap_or_default()).await?;
    ensure!(kept == status, "it was told as {status} and is {kept}");
    let said = stage.model.said(name)[0].text.clone();
    ensure!(said.starts_with(&text) && !text.is_empty(), "what is stored was not said");
    match status.as_str() {
        "completed" => ensure!(text == said, "the end of it is missing"),
        _ => ensure!(failure.as_deref() == Some("storage"), "it failed for {failure:?}"),
    }
    Ok(())
}

/// A message is taken and answered.
async fn works(client: &Client, name: u64) -> Result<()> {
    let ask = Ask { name, reasoning: 0, tokens: 10, pause: 1, bytes: 18 };
    let until = Instant::now() + PATIENCE;
    let started = loop {
        match client.form("messages/start_thread", &[("text", &ask.message())]).await {
            Answer::Done(started) => break started,
            other => ensure!(Instant::now() < until, "it does not work again: {other:?}"),
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    };
    let mut viewer = client.view(&started).await?;
    timeout(PATIENCE, viewer.until_over()).await.context("the answer does not end")?;
    ensure!(viewer.seen.settled == Some(("completed".into(), None)), "it {:?}", viewer.seen.settled);
    Ok(())
}

/// A disk of its own where this machine lets us have one; else files that may not grow.
enum Disk {
    Mounted(PathBuf),
    Limited,
}

impl Disk {
    fn new(folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder)?;
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", "size=4m", "survive"]).arg(folder).output();
        Ok(match mount.is_ok_and(|mount| mount.status.success()) {
            true => Self::Mounted(folder.to_owned()),
            false => Self::Limited,
        })
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Mounted(_) => "a disk of 4 MB",
            Self::Limited => "files of 1 MB",
        }
    }

    /// Makes room for more.
    fn grow(&self, process: u32) -> Result<()> {
        let done = match self {
            Self::Mounted(folder) => Command::new("mount").args(["-o", "remount,size=64m"]).arg(folder).output(),
            Self::Limited => {
                Command::new("prlimit").args(["--pid", &process.to_string(), "--fsize=unlimited"]).output()
            }
        };
        ensure!(done?.status.success(), "no room can be made");
        Ok(())
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        if let Self::Mounted(folder) = self {
            let _ = Command::new("umount").arg("-l").arg(folder).status();
        }
    }
}

/// An answer larger than the disk: everybody is told why it does not go on, what was stored is kept, and when there is
/// room again, it settles and others are taken.
async fn full(work: &Path, program: &Path) -> Result<()> {
    let folder = work.join("disk");
    let disk = Disk::new(&folder)?;
    eprintln!("survive: the full disk is {}", disk.name());
    let stage = Stage::set(program, &folder.join("data")).await?;
    let mut start = Start { log: work.join("disk.log"), ..Start::new(program, &stage.data, &stage.model.url()) };
    if matches!(disk, Disk::Limited) {
        // A shell that ignores the signal of it passes that on.
        let line = "trap '' XFSZ; ulimit -S -f 2048; exec \"$@\"";
        start.through = ["sh", "-c", line, "sh"].map(str::to_owned).to_vec();
    }
    let server = start.server()?;
    let client = Client::new(server.address, &stage.cookie);
    let ask = Ask { name: 21, reasoning: 0, tokens: 3000, pause: 5, bytes: 4000 };
    let started = client.form("messages/start_thread", &[("text", &ask.message())]).await.done()?;
    let thread = started["thread"].as_str().unwrap_or_default().to_owned();
    let mut viewer = client.view(&started).await?;

    // The row that says why appears; everything is answered.
    let page = format!("/chat/thread/{thread}");
    timeout(PATIENCE, async {
        let seen = tokio::spawn(async move {
            viewer.until_over().await;
            viewer
        });
        while !client.page(&page).await?.1.contains("cannot be stored") {
            ensure!(!seen.is_finished(), "it ended before the disk was full");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let answer = client.form("messages/start_thread", &[("text", "no room")]).await;
        // There may be room for something small still.
        let known = answer.code(503).is_some_and(|code| ["disk_full", "database_unavailable"].contains(&code));
        ensure!(known || matches!(answer, Answer::Done(_)), "{answer:?}");
        ensure!(client.page("/health").await?.0 == 200, "it does not live");
        disk.grow(server.id())?;
        let viewer = seen.await?;
        settles(&stage, &started, &viewer.seen.settled, 21).await
    })
    .await
    .context("it does not settle")??;
    let (status, html) = client.page(&page).await?;
    ensure!(status == 200 && html.contains("data-failure=\"storage\""), "the row does not say why it failed");
    works(&client, 22).await?;
    server.terminate()?;
    ensure!(server.ended(SOON).await?.success(), "it did not end well");
    let options = SqliteConnectOptions::new().filename(stage.data.join("skein.db"));
    let mut db = SqliteConnection::connect_with(&options).await?;
    let (sound,): (String,) = sqlx::query_as("PRAGMA integrity_check").fetch_one(&mut db).await?;
    ensure!(sound == "ok", "the database is damaged: {sound}");
    Ok(db.close().await?)
}
