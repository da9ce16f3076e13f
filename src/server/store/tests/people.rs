//! Accounts and sessions.

use std::collections::HashSet;

use crate::{
    model::AccountRole,
    server::store::{
        Error, NewSession, NewUser,
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
            let account = asked.await.unwrap();
            seen.insert(account.id);
            email = account.email;
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
        let seen = async |hash: &'static str| {
            let row = sqlx::query_as::<_, (i64,)>("SELECT last_seen_at FROM sessions WHERE token_hash = $1");
            row.bind(hash).fetch_one(&store.reader).await.unwrap().0
        };
        assert_eq!(store.session("one", 59_999).await.unwrap(), Some(ada.clone()));
        assert_eq!(seen("one").await, 0, "its use is noted once a minute at the most");
        assert_eq!(store.session("one", 60_000).await.unwrap(), Some(ada.clone()));
        assert_eq!(seen("one").await, 60_000);
        assert_eq!(store.session("other", 0).await.unwrap(), None);
        assert_eq!(store.session("one", 999_999).await.unwrap(), Some(ada.clone()));
        assert_eq!(store.session("one", 1_000_000).await.unwrap(), None);
        assert_eq!(store.delete_expired_sessions(1_000_000).await.unwrap(), 1);
        assert_eq!(store.session("one", 0).await.unwrap(), None);
        assert_eq!(store.session("two", 1_000_000).await.unwrap(), Some(ada));
        assert!(store.delete_session("two").await.unwrap());
        assert!(!store.delete_session("two").await.unwrap());
        assert_eq!(store.session("two", 0).await.unwrap(), None);
    })
    .await;
}
