//! Accounts and sessions.

use std::{collections::HashSet, sync::Arc};

use crate::{
    model::{AccountRole, Settings, Theme},
    server::store::{
        Error, NewSession, NewUser, PersonChange, SessionRow, Sessions,
        testing::{first_turn, fresh, on_both},
    },
};

fn new_user(email: &str) -> NewUser {
    NewUser { id: fresh(), email: email.into(), name: "Ada".into(), password: "$argon2id$x".into(), now: 1 }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_fifty_first_accounts_at_once_exactly_one_is_the_administrators() {
    on_both(async |place| {
        for (open, made) in [(false, 1), (true, 51)] {
            let stores = [place.store.clone(), place.again().await];
            let attempts: Vec<_> = (0..50)
                .map(|n| {
                    let store = stores[n % 2].clone();
                    tokio::spawn(async move { store.create_user(new_user(&format!("{open}{n}@x")), open).await })
                })
                .collect();
            let mut admins = 0;
            for attempt in attempts {
                match attempt.await.unwrap() {
                    Ok(account) => admins += usize::from(account.role == AccountRole::Admin),
                    Err(Error::Closed) => assert!(!open),
                    Err(error) => panic!("{error}"),
                }
            }
            assert_eq!(admins, usize::from(!open), "the second fifty come too late");
            let row = sqlx::query_as::<_, (i64, i64)>(
                "SELECT COUNT(*), CAST(SUM(CASE WHEN role = 'admin' THEN 1 ELSE 0 END) AS BIGINT) FROM users",
            );
            assert_eq!(row.fetch_one(&place.store.reader).await.unwrap(), (made, 1));
            stores[1].close().await;
        }
    })
    .await;
}

#[tokio::test]
async fn an_address_has_one_account_whatever_its_case() {
    on_both(async |place| {
        let store = &place.store;
        assert!(!store.any_user().await.unwrap());
        let ada = store.create_user(new_user(" Ada@Example.ORG"), false).await.unwrap();
        assert_eq!((ada.role, ada.email.as_str()), (AccountRole::Admin, "ada@example.org"));
        assert!(store.any_user().await.unwrap());
        assert!(matches!(store.create_user(new_user("ada@example.org"), false).await, Err(Error::Closed)));
        assert!(matches!(store.create_user(new_user("ADA@example.org"), true).await, Err(Error::Taken)));
        let (found, phc) = store.user_by_email("ADA@EXAMPLE.org ").await.unwrap().unwrap();
        assert_eq!((found, phc.as_str()), (ada, "$argon2id$x"));
        assert_eq!(store.user_by_email("eve@example.org").await.unwrap(), None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_local_person_is_made_once_and_cannot_sign_in() {
    on_both(async |place| {
        let store = &place.store;
        let asked: Vec<_> = (0..8)
            .map(|_| {
                let store = store.clone();
                tokio::spawn(async move { store.local_user(fresh(), 1).await.unwrap() })
            })
            .collect();
        let mut seen = HashSet::new();
        let mut email = String::new();
        for asked in asked {
            let person = asked.await.unwrap();
            seen.insert(person.account.id);
            email = person.account.email;
        }
        assert_eq!(seen.len(), 1);
        assert_eq!(store.user_by_email(&email).await.unwrap(), None);
        assert!(!store.any_user().await.unwrap(), "who signs up first is still the administrator");
        let id = seen.into_iter().next().unwrap();
        store.submit(first_turn(id, "hello", 1)).await.unwrap();
        assert_eq!(store.sidebar(id, 0, 15).await.unwrap().total, 1);
    })
    .await;
}

#[tokio::test]
async fn a_session_lasts_until_it_ends_or_expires() {
    on_both(async |place| {
        let store = &place.store;
        let ada = store.test_user("ada").await;
        for (token_hash, expires_at) in [("one", 1_000_000), ("two", 2_000_000)] {
            let agent = format!("\0{}", "x".repeat(9999));
            let session = NewSession { token_hash, user: ada.id, user_agent: &agent, now: 0, expires_at };
            store.create_session(session).await.unwrap();
        }
        let whose =
            async |hash: &'static str, now| store.session(hash, now).await.unwrap().map(|person| person.account);
        let seen = async |hash: &'static str| {
            let row = sqlx::query_as::<_, (i64,)>("SELECT last_seen_at FROM sessions WHERE token_hash = $1");
            row.bind(hash).fetch_one(&store.reader).await.unwrap().0
        };
        assert_eq!(whose("one", 59_999).await, Some(ada.clone()));
        assert_eq!(seen("one").await, 0, "its use is noted once a minute at the most");
        assert_eq!(whose("one", 60_000).await, Some(ada.clone()));
        assert_eq!(seen("one").await, 60_000);
        assert_eq!(whose("other", 0).await, None);
        assert_eq!(whose("one", 999_999).await, Some(ada.clone()));
        assert_eq!(whose("one", 1_000_000).await, None);
        assert_eq!(store.delete_expired_sessions(1_000_000).await.unwrap(), 1);
        assert_eq!(whose("one", 0).await, None);
        assert_eq!(whose("two", 1_000_000).await, Some(ada));
        assert!(store.delete_session("two").await.unwrap());
        assert!(!store.delete_session("two").await.unwrap());
        assert_eq!(whose("two", 0).await, None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_changed_at_the_same_time_is_all_kept() {
    on_both(async |place| {
        let ada = place.store.test_user("ada").await;
        type Change = fn(&mut Settings);
        let changes: [Change; 4] = [
            |settings| settings.theme = Some(Theme::Dark),
            |settings| settings.send_on_enter = Some(false),
            |settings| settings.system_prompt = Some("\0 \u{1f9f6}".into()),
            |settings| settings.sampling.temperature = Some(0.1),
        ];
        let stores = [place.store.clone(), place.again().await];
        let at_once: Vec<_> = (0..changes.len())
            .map(|n| {
                let (store, user) = (stores[n % 2].clone(), ada.id);
                let name = (n == 0).then(|| "Ada L.".to_owned());
                tokio::spawn(async move {
                    store.change_person(PersonChange { user, name, settings: Arc::new(changes[n]) }).await.unwrap()
                })
            })
            .collect();
        for change in at_once {
            change.await.unwrap();
        }
        let session = NewSession { token_hash: "one", user: ada.id, user_agent: "", now: 0, expires_at: 9 };
        place.store.create_session(session).await.unwrap();
        let person = place.store.session("one", 1).await.unwrap().unwrap();
        let mut all = Settings::default();
        changes.iter().for_each(|change| change(&mut all));
        assert_eq!((person.account.name.as_str(), person.settings), ("Ada L.", all));
        let nobody = PersonChange { user: fresh(), name: None, settings: Arc::new(changes[0]) };
        assert!(matches!(place.store.change_person(nobody).await, Err(Error::NotFound)));
        stores[1].close().await;
    })
    .await;
}

#[tokio::test]
async fn settings_that_cannot_be_read_keep_nobody_out() {
    on_both(async |place| {
        let ada = place.store.test_user("ada").await;
        let session = NewSession { token_hash: "one", user: ada.id, user_agent: "", now: 0, expires_at: 9 };
        place.store.create_session(session).await.unwrap();
        for (stored, read) in
            [("{\"theme\":7}", None), ("{", None), ("{\"theme\":\"dark\",\"of\":1}", Some(Theme::Dark))]
        {
            let write = sqlx::query("UPDATE users SET settings = $1").bind(stored);
            write.execute(&place.store.writer).await.unwrap();
            assert_eq!(place.store.session("one", 1).await.unwrap().unwrap().settings.theme, read, "{stored}");
        }
    })
    .await;
}

#[tokio::test]
async fn sessions_end_one_by_one_or_with_the_password() {
    on_both(async |place| {
        let store = &place.store;
        let (ada, eve) = (store.test_user("ada").await, store.test_user("eve").await);
        let hashes: Vec<String> = (0..5).map(|n| format!("{n}").repeat(64)).collect();
        for (n, hash) in hashes.iter().enumerate() {
            let user = if n == 4 { eve.id } else { ada.id };
            let now = n as i64;
            let session = NewSession { token_hash: hash, user, user_agent: "curl/8", now, expires_at: 100 - now };
            store.create_session(session).await.unwrap();
        }
        let ids = async |user, now| {
            store.sessions(user, now).await.unwrap().into_iter().map(|row| row.id).collect::<Vec<_>>()
        };
        let id = |n: usize| SessionRow::id(&hashes[n]).to_owned();
        assert_eq!(ids(ada.id, 10).await, [id(3), id(2), id(1), id(0)], "the latest used first");
        assert_eq!(ids(ada.id, 97).await, [id(2), id(1), id(0)], "expired is none");
        assert_eq!(store.end_sessions(eve.id, Sessions::One(&id(0))).await.unwrap(), 0, "another's");
        assert_eq!(store.end_sessions(ada.id, Sessions::One(&id(0))).await.unwrap(), 1);
        assert_eq!(store.end_sessions(ada.id, Sessions::Others(&id(3))).await.unwrap(), 2);
        store.set_password(eve.id, "$argon2id$new", &hashes[3]).await.unwrap();
        assert_eq!((ids(ada.id, 10).await, ids(eve.id, 10).await), (vec![id(3)], vec![]));
        assert_eq!(store.password(eve.id).await.unwrap().as_deref(), Some("$argon2id$new"));
        assert!(matches!(store.set_password(fresh(), "x", "y").await, Err(Error::NotFound)));
        assert_eq!(store.password(fresh()).await.unwrap(), None);
    })
    .await;
}
