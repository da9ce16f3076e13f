//! Opening, making the tables, opening again.

use crate::server::store::{
    Error, Options, Store,
    testing::{TestStore, first_turn, on_both},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_may_open_a_fresh_database_at_once() {
    let folder = std::env::temp_dir().join(format!("skein-open-{}", uuid::Uuid::now_v7()));
    let url = format!("sqlite://{}", folder.join("not/yet there/skein.db").display());
    let opened: Vec<_> = (0..6)
        .map(|_| {
            let url = url.clone();
            tokio::spawn(async move { Store::open(&url, Options::default()).await })
        })
        .collect();
    for store in opened {
        let store = store.await.unwrap().unwrap();
        store.ping().await.unwrap();
        store.close().await;
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(folder.join("not")).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "nobody else may look in");
        let file = std::fs::metadata(folder.join("not/yet there/skein.db")).unwrap();
        assert_eq!(file.permissions().mode() & 0o077, 0);
    }
    std::fs::remove_dir_all(folder).unwrap();

    if let Some(place) = TestStore::postgres().await {
        let opened: Vec<_> = (0..3)
            .map(|_| {
                let url = place.url.clone();
                tokio::spawn(async move { Store::open(&url, Options { connections: 2, ..Options::default() }).await })
            })
            .collect();
        for store in opened {
            store.await.unwrap().unwrap().close().await;
        }
        place.finish().await;
    }
}

#[tokio::test]
async fn what_was_stored_is_there_after_opening_again() {
    on_both(async |place| {
        let user = place.store.test_user("ada").await.id;
        let turn = place.store.submit(first_turn(user, "kept? \0 \u{1F9F6}", 1)).await.unwrap();
        let again = place.again().await;
        assert_eq!(again.thread(user, turn.thread.id).await.unwrap(), Some(turn.thread));
        assert_eq!(again.message(user, turn.message.id).await.unwrap(), Some(turn.message));
        again.close().await;
    })
    .await;
}

#[tokio::test]
async fn sqlite_is_set_up_as_the_design_says() {
    let place = TestStore::sqlite().await;
    for (pragma, writer, reader) in [
        ("PRAGMA journal_mode", "wal", "wal"),
        ("PRAGMA synchronous", "1", "1"),
        ("PRAGMA foreign_keys", "1", "1"),
        ("PRAGMA busy_timeout", "5000", "5000"),
        ("PRAGMA cache_size", "-4096", "-4096"),
        ("PRAGMA query_only", "0", "1"),
    ] {
        for (pool, expected) in [(&place.store.writer, writer), (&place.store.reader, reader)] {
            use sqlx::{Row, any::AnyRow};
            let row: AnyRow = sqlx::query(pragma).fetch_one(pool).await.unwrap();
            let value = row.try_get::<String, _>(0).or_else(|_| row.try_get::<i64, _>(0).map(|n| n.to_string()));
            assert_eq!(value.unwrap(), expected, "{pragma}");
        }
    }
    assert_eq!(place.store.writer.options().get_max_connections(), 1);
    place.finish().await;
}

#[tokio::test]
async fn addresses_that_cannot_be_used_say_why() {
    for url in ["", "mysql://x", "sqlite::memory:", "sqlite://:memory:", "sqlite:///x?mode=memory", "sqlite://", "/x"] {
        assert!(matches!(Store::open(url, Options::default()).await, Err(Error::Address(_))), "{url}");
    }
    let secret = Store::open("postgres://ada:secret@[oops/x", Options::default()).await.unwrap_err();
    assert!(!secret.to_string().contains("secret"));
    assert!(matches!(Store::open("sqlite:///dev/null/x/y", Options::default()).await, Err(Error::Place(..))));
}

#[tokio::test]
async fn an_older_program_refuses_a_newer_database() {
    on_both(async |place| {
        let later = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                     SELECT 9999, 'later', success, checksum, 0 FROM _sqlx_migrations WHERE version = 1";
        sqlx::query(later).execute(&place.store.writer).await.unwrap();
        assert!(matches!(Store::open(&place.url, Options::default()).await, Err(Error::Migrate(_))));
    })
    .await;
}
