//! The power goes: whatever a file system may leave of the database opens, is sound, and has everything that anybody was
//! told of. And the disk is full for a while.

mod disk;
mod image;

pub use disk::{synced, written};

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, Mutex},
};

use rand::{Rng, SeedableRng, rngs::StdRng};
use tokio::task::JoinSet;

use crate::{
    model::{Failure, FailureKind, MessageId, Meta, Status, UserId},
    server::store::{
        Error, Fault, Options, Store, StoredContent,
        testing::{first_turn, fresh, grown, next_turn, says},
    },
};
use disk::Op;
use image::Kept;

/// What somebody was told.
#[derive(Clone, Debug)]
enum Claim {
    /// A person's message was accepted.
    Message(MessageId, String),
    /// An answer says at least this.
    Text(MessageId, String),
    /// It ended so.
    Settled(MessageId, String),
}

/// A store on a disk that remembers, in a folder that is gone with this value.
struct Scene {
    folder: PathBuf,
    store: Store,
    user: UserId,
    claims: Arc<Mutex<Vec<Claim>>>,
}

impl Scene {
    async fn new() -> Self {
        disk::register();
        let folder = std::env::temp_dir().join(format!("skein-power-{}", fresh::<uuid::Uuid>()));
        let url = format!("sqlite://{}?vfs=remembered", folder.join("skein.db").display());
        let store = Store::open(&url, Options::default()).await.unwrap();
        let user = store.test_user("ada").await.id;
        Self { folder, store, user, claims: Arc::default() }
    }

    fn claim(&self) -> impl Fn(Claim) + Clone + Send + 'static {
        let (folder, claims) = (self.folder.clone(), self.claims.clone());
        move |claim| {
            let mut claims = claims.lock().unwrap();
            claims.push(claim);
            disk::tell(&folder, claims.len() - 1);
        }
    }

    /// Some people talk at once.
    async fn talk(&self, people: usize, turns: usize) {
        let mut all = JoinSet::new();
        for n in 0..people {
            let (store, user, claim) = (self.store.clone(), self.user, self.claim());
            all.spawn(async move {
                let mut thread = None;
                for turn in 0..turns {
                    let said = format!("{n} asks {turn}");
                    let new = match thread {
                        None => first_turn(user, &said, 1),
                        Some(thread) => next_turn(user, thread, &said, 1),
                    };
                    let turn = store.submit(new).await.unwrap();
                    claim(Claim::Message(turn.message.id, said));
                    thread = Some(turn.thread.id);
                    let mut text = String::new();
                    for piece in 0..6 {
                        let more = format!("{piece} of {} ", "words ".repeat(n * 40 + piece));
                        assert!(
                            store.save(turn.run, turn.answer.id, grown(text.len() as u64, &more), 9, 1).await.unwrap()
                        );
                        text += &more;
                        // Whatever is on the disk is there with all that was stored before it.
                        if piece % 2 == 1 {
                            store.rename(user, turn.thread.id, &more, 1).await.unwrap();
                            claim(Claim::Text(turn.answer.id, text.clone()));
                        }
                    }
                    store.test_complete(&turn, &text, 2).await.unwrap();
                    claim(Claim::Settled(turn.answer.id, text));
                }
            });
        }
        while let Some(one) = all.join_next().await {
            one.unwrap();
        }
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Opens what is left as the program does, settles what was under way, and looks at everything. An error says what is
/// missing.
async fn examine(folder: &std::path::Path, claims: &[&Claim], user: UserId) -> Result<(), String> {
    let url = format!("sqlite://{}", folder.join("skein.db").display());
    let store = Store::open(&url, Options::default()).await.map_err(|error| format!("it does not open: {error}"))?;
    let (sound,): (String,) =
        sqlx::query_as("PRAGMA integrity_check").fetch_one(&store.reader).await.map_err(|error| error.to_string())?;
    if sound != "ok" {
        return Err(format!("it is damaged: {sound}"));
    }
    for run in store.stale(1, Some("here")).await.unwrap() {
        let row = store.message(user, run.answer).await.unwrap().unwrap();
        let content = StoredContent { failure: Some(Failure::new(FailureKind::Interrupted)), ..row.content };
        let settled =
            store.settle(run.id, run.answer, Status::Failed, &content, &Meta::default(), "", 3).await.unwrap();
        assert_eq!(settled.unwrap().running, None);
        store.submit(next_turn(user, run.thread, "and on", 4)).await.map_err(|error| format!("no more: {error}"))?;
    }
    let mut texts: HashMap<MessageId, StoredContent> = HashMap::new();
    let mut statuses = HashMap::new();
    for claim in claims {
        let (Claim::Message(id, _) | Claim::Text(id, _) | Claim::Settled(id, _)) = *claim;
        if !texts.contains_key(id) {
            let row = store.message(user, *id).await.unwrap().ok_or_else(|| format!("lost: {claim:?}"))?;
            texts.insert(*id, row.content);
            statuses.insert(*id, row.status);
        }
        let (text, status) = (&texts[id].text, statuses[id]);
        let holds = match claim {
            Claim::Message(_, said) => text == said,
            Claim::Text(_, so_far) => text.starts_with(so_far.as_str()),
            Claim::Settled(_, whole) => text == whole && status == Status::Completed,
        };
        if !holds {
            return Err(format!("lost: {claim:?}, it is {status:?} {text:?}"));
        }
    }
    store.close().await;
    Ok(())
}

/// Lets the power go at so many moments; tells of the first loss.
async fn lose_power(scene: &Scene, done: &[Op], from: usize, images: usize, seed: u64) -> Result<(), String> {
    let claims = scene.claims.lock().unwrap().clone();
    let mut random = StdRng::seed_from_u64(seed);
    for number in 0..images {
        let until = random.random_range(from..=done.len());
        let kept = match number % 4 {
            0 => Kept::Nothing,
            1 => Kept::Everything,
            2 => Kept::Some(0.5, 1.0),
            _ => Kept::Some(0.8, 0.7),
        };
        let files = image::image(&done[..until], kept, &mut random);
        let told = done[..until].iter().filter_map(|op| match op {
            Op::Told(number) => Some(&claims[*number]),
            _ => None,
        });
        let place = scene.folder.join(format!("image {number}"));
        image::put(&files, &place);
        let told: Vec<_> = told.collect();
        let result = examine(&place, &told, scene.user).await;
        result
            .map_err(|why| format!("seed {seed}, image {number}, after {until} of {}, {kept:?}: {why}", done.len()))?;
        std::fs::remove_dir_all(place).unwrap();
    }
    Ok(())
}

/// How many images: more with `SKEIN_POWER_IMAGES`.
fn images() -> usize {
    std::env::var("SKEIN_POWER_IMAGES").ok().and_then(|number| number.parse().ok()).unwrap_or(48)
}

async fn checkpoint_often(store: &Store) {
    sqlx::raw_sql("PRAGMA wal_autocheckpoint = 20").execute(&store.writer).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_left_when_the_power_goes_has_all_that_was_told() {
    let scene = Scene::new().await;
    checkpoint_often(&scene.store).await;
    let from = disk::done(&scene.folder).len();
    scene.talk(5, 3).await;
    let done = disk::done(&scene.folder);
    let syncs = |name: &str| {
        done[from..]
            .iter()
            .filter(|op| matches!(op, Op::Sync { file, .. } if file.to_string_lossy().ends_with(name)))
            .count()
    };
    assert!(syncs("-wal") > 10 && syncs(".db") > 2, "{} and {} syncs: nothing to see", syncs("-wal"), syncs(".db"));
    let seed = rand::random();
    if let Err(lost) = lose_power(&scene, &done, from, images(), seed).await {
        panic!("{lost}");
    }
    scene.store.close().await;
}

/// That the test above can see it: were nobody to wait for the disk, something would be lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commits_that_do_not_wait_for_the_disk_are_found_out() {
    let scene = Scene::new().await;
    checkpoint_often(&scene.store).await;
    let from = disk::done(&scene.folder).len();
    scene.talk(2, 2).await;
    let mut done = disk::done(&scene.folder);
    // As if the disk had never been asked from here on.
    done.iter_mut().skip(from).for_each(|op| {
        if let Op::Sync { until, .. } = op {
            *until = 0;
        }
    });
    let lost = lose_power(&scene, &done, from, 48, 1).await.unwrap_err();
    assert!(["lost", "damaged", "open"].iter().any(|word| lost.contains(word)), "{lost}");
    scene.store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_is_full_for_a_while_does_no_harm() {
    let scene = Scene::new().await;
    let (store, user) = (&scene.store, scene.user);
    let turn = store.submit(first_turn(user, "before", 1)).await.unwrap();
    assert!(store.save(turn.run, turn.answer.id, grown(0, "so far"), 9, 1).await.unwrap());
    for _ in 0..3 {
        disk::fill(&scene.folder, true);
        // Many at once: each is told.
        let refused =
            futures::future::join_all((0..20).map(|n| store.submit(first_turn(user, &n.to_string(), 1)))).await;
        assert!(
            refused.iter().all(|result| matches!(result, Err(error) if error.fault() == Some(Fault::Full))),
            "{refused:?}"
        );
        let more = store.save(turn.run, turn.answer.id, grown(6, ", and on"), 9, 1).await;
        assert_eq!(more.unwrap_err().fault(), Some(Fault::Full));
        assert_eq!(
            store.message(user, turn.answer.id).await.unwrap().unwrap().content,
            says("so far"),
            "it can be read"
        );
        disk::fill(&scene.folder, false);
        store.submit(first_turn(user, "after", 1)).await.unwrap();
    }
    assert!(store.save(turn.run, turn.answer.id, grown(6, ", and on"), 9, 1).await.unwrap());
    assert!(store.test_complete(&turn, "so far, and on", 2).await.is_some());
    assert!(matches!(store.submit(next_turn(user, fresh(), "x", 1)).await, Err(Error::NotFound)));
    assert_eq!(store.sidebar(user, 0, 100).await.unwrap().total, 4);
    let (sound,): (String,) = sqlx::query_as("PRAGMA integrity_check").fetch_one(&store.reader).await.unwrap();
    assert_eq!(sound, "ok");
    store.close().await;
}
