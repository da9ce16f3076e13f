//! Opening the database: SQLite by default, PostgreSQL where many nodes share one.

use std::{
    path::{Path, PathBuf},
    str::FromStr,
    sync::Arc,
    time::Duration,
};

use sqlx::{
    AnyConnection, AnyPool, ConnectOptions, Connection,
    any::{AnyConnectOptions, AnyPoolOptions},
    migrate::Migrator,
    sqlite::SqliteConnectOptions,
};

use super::{Error, Writes, group::Group, grow::Waiting};

static MIGRATIONS: Migrator = sqlx::migrate!("src/server/store/migrations");

/// What every connection to SQLite is told. Readers may not write, by mistake either; a cache is 4 MiB at the most.
const READER: &str = "PRAGMA busy_timeout = 5000; PRAGMA foreign_keys = ON; PRAGMA cache_size = -4096; \
    PRAGMA synchronous = NORMAL; PRAGMA query_only = ON;";
/// With WAL readers and the writer do not wait for each other; `NORMAL` then loses no consistency. That a commit is on the
/// disk before anybody is told of it is seen to in [`super::group`], and so is that the log is copied into the database:
/// the writer itself does so only where that has not come to an end for 64 MB.
const WRITER: &str = "PRAGMA busy_timeout = 5000; PRAGMA foreign_keys = ON; PRAGMA cache_size = -4096; \
    PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = 67108864; \
    PRAGMA wal_autocheckpoint = 16000;";

/// How long another program that holds the database is waited for while it is opened.
const OPENING: Duration = Duration::from_secs(5);

/// What every connection to PostgreSQL is told: a server that froze in the middle of a write gives its locks back.
const SHARED: &str = "SET idle_in_transaction_session_timeout = '60s'";

/// How much the store may take of the machine or the database server.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// SQLite: connections that read, besides the one that writes.
    pub readers: u32,
    /// PostgreSQL: connections in all.
    pub connections: u32,
    /// How long a caller waits for a free connection.
    pub patience: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { readers: 4, connections: 10, patience: Duration::from_secs(15) }
    }
}

/// Which database it is. Only opening, locking and full-text search may care.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// The rows. Cheap to clone; every clone is the same store.
#[derive(Clone, Debug)]
pub struct Store {
    pub(super) engine: Engine,
    /// SQLite: exactly one connection. PostgreSQL: the same pool as `reader`.
    pub(super) writer: AnyPool,
    pub(super) reader: AnyPool,
    /// SQLite: who writes.
    pub(super) group: Option<Group>,
    pub(super) waiting: Arc<Waiting>,
    pub(super) writes: Arc<Writes>,
}

impl Store {
    /// Opens `sqlite:///path/to/file` (made with its folder if missing; not `:memory:`) or `postgres://…`, and brings its
    /// tables up to date. Any number of programs may do so at once: one of them does the work, the others wait.
    pub async fn open(url: &str, options: Options) -> Result<Self, Error> {
        sqlx::any::install_default_drivers();
        let store = match url.split_once(':') {
            Some(("sqlite", _)) => sqlite(url, options).await?,
            Some(("postgres" | "postgresql", _)) => postgres(url, options).await?,
            _ => return Err(Error::Address("a database is sqlite://… or postgres://…".into())),
        };
        store.migrate().await?;
        let numbered = store.number_all().await?;
        if numbered > 0 {
            tracing::info!(threads = numbered, "numbered the messages of threads that an older program wrote");
        }
        Ok(store)
    }

    /// Which database it is.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// How long writes take and how many failed, since the store was opened.
    pub fn writes(&self) -> &Writes {
        &self.writes
    }

    /// Whether the database answers, for health checks.
    pub async fn ping(&self) -> Result<(), Error> {
        sqlx::raw_sql("SELECT 1").execute(&self.reader).await?;
        Ok(())
    }

    /// Waits for what is under way and closes all connections; SQLite then folds its log into the file.
    pub async fn close(&self) {
        self.reader.close().await;
        self.writer.close().await;
    }

    async fn migrate(&self) -> Result<(), Error> {
        let mut connection = self.writer.acquire().await?;
        match self.engine {
            // sqlx takes an advisory lock.
            Engine::Postgres => MIGRATIONS.run_direct(None, &mut *connection, false).await?,
            // sqlx takes none here: all of it is one transaction, which no other can be beside.
            Engine::Sqlite => {
                let mut transaction = connection.begin_with("BEGIN EXCLUSIVE").await?;
                MIGRATIONS.run_direct(None, &mut *transaction, false).await?;
                transaction.commit().await?;
            }
        }
        Ok(())
    }
}

fn pool(options: Options) -> AnyPoolOptions {
    AnyPoolOptions::new().acquire_timeout(options.patience)
}

async fn postgres(url: &str, options: Options) -> Result<Store, Error> {
    // The reason is left out: it could repeat the password.
    let target: AnyConnectOptions =
        url.parse().map_err(|_| Error::Address("the postgres:// URL is malformed".into()))?;
    let pool = pool(options).max_connections(options.connections.max(2)).after_connect(|db, _| {
        Box::pin(async move {
            sqlx::raw_sql(SHARED).execute(db).await?;
            Ok(())
        })
    });
    let pool = pool.connect_with(target).await?;
    let (writer, reader, group) = (pool.clone(), pool, None);
    Ok(Store { engine: Engine::Postgres, writer, reader, group, waiting: Arc::default(), writes: Arc::default() })
}

async fn sqlite(url: &str, options: Options) -> Result<Store, Error> {
    let (path, target) = sqlite_target(url)?;
    if let Some(folder) = path.parent() {
        make_folder(folder).await.map_err(|error| Error::Place(folder.into(), error))?;
    }
    make_file(&path).await.map_err(|error| Error::Place(path.clone(), error))?;
    // Once by itself: a pool would try again for a while and then only say that it did.
    let mut first = AnyConnection::connect_with(&target).await?;
    prepare_writer(&mut first).await?;
    first.close().await?;
    // Connections to a file cost nothing to keep, and cannot break while nobody looks.
    let kept = || pool(options).idle_timeout(None).max_lifetime(None).test_before_acquire(false);
    let writer = kept().max_connections(1).after_connect(|db, _| Box::pin(prepare_writer(db)));
    let writer = writer.connect_with(target.clone()).await?;
    let reader = kept().max_connections(options.readers.max(1)).after_connect(|db, _| {
        Box::pin(async move {
            sqlx::raw_sql(READER).execute(db).await?;
            Ok(())
        })
    });
    let reader = reader.connect_with(target).await?;
    let mut log = path.into_os_string();
    log.push("-wal");
    let writes = Arc::<Writes>::default();
    let group = Some(Group::new(writer.clone(), reader.clone(), log.into(), writes.clone()));
    Ok(Store { engine: Engine::Sqlite, writer, reader, group, waiting: Arc::default(), writes })
}

/// Turning WAL on needs the file for itself and does not wait by itself: it is tried for some seconds.
async fn prepare_writer(db: &mut AnyConnection) -> Result<(), sqlx::Error> {
    let began = tokio::time::Instant::now();
    loop {
        match sqlx::raw_sql(WRITER).execute(&mut *db).await {
            Err(error) if began.elapsed() < OPENING && is_locked(&error) => {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            result => return result.map(|_| ()),
        }
    }
}

fn is_locked(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    code.and_then(|code| code.parse::<u32>().ok()).is_some_and(|code| matches!(code & 0xff, 5 | 6))
}

/// The file, and how to connect to it.
fn sqlite_target(url: &str) -> Result<(PathBuf, AnyConnectOptions), Error> {
    let bad = |why: String| Error::Address(format!("{url}: {why}"));
    let options = SqliteConnectOptions::from_str(url).map_err(|error| bad(error.to_string()))?;
    let named = options.get_filename();
    // A database in memory would be another one for each connection.
    if url.contains(":memory:") || url.contains("mode=memory") || named.as_os_str().is_empty() {
        return Err(bad("a file has to be named".into()));
    }
    let path = std::path::absolute(named).map_err(|error| bad(error.to_string()))?;
    let target = options.filename(&path).create_if_missing(true).to_url_lossy();
    Ok((path, AnyConnectOptions::from_url(&target)?))
}

/// Makes a folder that only its owner can look into; one that is there already is left as it is.
async fn make_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = tokio::fs::DirBuilder::new();
    #[cfg(unix)]
    builder.mode(0o700);
    builder.recursive(true).create(folder).await
}

/// Makes an empty file that only its owner can read, for it will hold password hashes; SQLite gives its other files the
/// same rights. One that is there already is left as it is.
async fn make_file(path: &Path) -> std::io::Result<()> {
    let mut options = tokio::fs::OpenOptions::new();
    #[cfg(unix)]
    options.mode(0o600);
    match options.write(true).create_new(true).open(path).await {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}
