//! Passwords: what is accepted, how it is kept and compared.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use argon2::{Algorithm, Argon2, Params, PasswordHash, PasswordHasher, PasswordVerifier, Version, password_hash::phc};
use tokio::sync::Semaphore;

pub use super::rules::{CODES, acceptable, email, name};

/// Argon2id as OWASP recommends it: 19 MiB of memory, two passes, one lane. Stored hashes say what they were made with,
/// so these can be raised later.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const SALT_BYTES: usize = 16;

/// How many are worked on at once at the most: four take 76 MiB.
const MOST_AT_ONCE: usize = 4;

/// A hash that belongs to no password anybody knows, with the parameters above: what is compared where there is no
/// account, so that an unknown name costs the same work as a wrong password.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$c2tlaW4tbm9ib2R5LXNsdA$R5d2m1Qe0r0mG2m1l6qkqTz8V1X0m9cQ5g1m3o4p5q4";

/// A password could not be worked on. Never says anything about the password.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("argon2: {0}")]
    Argon(String),
    #[error("the work on a password broke off")]
    Broken,
}

/// Works on passwords, each on a thread where that may take its time, and not on too many at once: memory stays bounded
/// however many people sign in.
#[derive(Clone, Debug)]
pub struct Passwords {
    places: Arc<Semaphore>,
    compared: Arc<AtomicU64>,
}

impl Default for Passwords {
    fn default() -> Self {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        Self::with_places(threads.min(MOST_AT_ONCE))
    }
}

impl Passwords {
    fn with_places(places: usize) -> Self {
        Self { places: Arc::new(Semaphore::new(places)), compared: Arc::default() }
    }

    /// How many times a password was compared with a hash so far, whatever came of it.
    pub fn compared(&self) -> u64 {
        self.compared.load(Ordering::Relaxed)
    }

    /// The PHC string to store for a password.
    pub async fn hash(&self, password: String) -> Result<String, Error> {
        self.work(move || hash(&password)).await?
    }

    /// Whether a password fits a stored PHC string. Without one (there is no such account) the same work is done and the
    /// answer is no.
    pub async fn verify(&self, password: String, stored: Option<String>) -> Result<bool, Error> {
        let compared = self.compared.clone();
        self.work(move || verify(&password, stored.as_deref(), &compared)).await
    }

    async fn work<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
        let place = self.places.clone().acquire_owned().await.map_err(|_| Error::Broken)?;
        let job = move || {
            // Kept until the work is done, also where nobody waits for it any more.
            let _place = place;
            job()
        };
        tokio::task::spawn_blocking(job).await.map_err(|_| Error::Broken)
    }
}

fn argon() -> Result<Argon2<'static>, Error> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|error| Error::Argon(error.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hash(password: &str) -> Result<String, Error> {
    let salt: [u8; SALT_BYTES] = rand::random();
    let hash: PasswordHash = argon()?
        .hash_password_with_salt(password.as_bytes(), &salt)
        .map_err(|error| Error::Argon(error.to_string()))?;
    Ok(hash.to_string())
}

fn verify(password: &str, stored: Option<&str>, compared: &AtomicU64) -> bool {
    let parsed = stored.and_then(|text| phc::PasswordHash::new(text).ok());
    let known = parsed.is_some();
    let Some(hash) = parsed.or_else(|| phc::PasswordHash::new(NOBODY).ok()) else { return false };
    // The parameters are the hash's own.
    compared.fetch_add(1, Ordering::Relaxed);
    let fits = Argon2::default().verify_password(password.as_bytes(), &hash).is_ok();
    fits && known
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_fits_its_own_hash_alone() {
        let passwords = Passwords::default();
        let one = passwords.hash("correct horse".into()).await.unwrap();
        let two = passwords.hash("correct horse".into()).await.unwrap();
        assert_ne!(one, two, "each has its own salt");
        assert!(one.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{one}");
        assert!(passwords.verify("correct horse".into(), Some(one.clone())).await.unwrap());
        assert!(!passwords.verify("Correct horse".into(), Some(one)).await.unwrap());
        for broken in ["", "$argon2id$", "plain"] {
            assert!(!passwords.verify("plain".into(), Some(broken.into())).await.unwrap());
        }
        assert!(!passwords.verify("correct horse".into(), None).await.unwrap());
    }

    #[test]
    fn an_unknown_name_costs_the_same_work() {
        // The same parameters and lengths are the same work; the clock of a busy machine would prove less.
        let nobody = phc::PasswordHash::new(NOBODY).unwrap();
        let text = hash("somebody").unwrap();
        let somebody = phc::PasswordHash::new(&text).unwrap();
        assert_eq!(nobody.algorithm, somebody.algorithm);
        assert_eq!(nobody.version, somebody.version);
        assert_eq!(nobody.params, somebody.params);
        assert_eq!(nobody.salt.map(|salt| salt.len()), somebody.salt.map(|salt| salt.len()));
        assert_eq!(nobody.hash.map(|hash| hash.len()), somebody.hash.map(|hash| hash.len()));
    }

    #[tokio::test]
    async fn not_too_many_are_worked_on_at_once() {
        let passwords = Passwords::with_places(2);
        let (most, now) = (Arc::new(std::sync::Mutex::new(0)), Arc::new(std::sync::Mutex::new(0)));
        let jobs: Vec<_> = (0..8)
            .map(|_| {
                let (passwords, most, now) = (passwords.clone(), most.clone(), now.clone());
                tokio::spawn(async move {
                    passwords
                        .work(move || {
                            let running = {
                                let mut now = now.lock().unwrap();
                                *now += 1;
                                *now
                            };
                            let mut most = most.lock().unwrap();
                            *most = running.max(*most);
                            drop(most);
                            std::thread::sleep(std::time::Duration::from_millis(5));
                            *now.lock().unwrap() -= 1;
                        })
                        .await
                })
            })
            .collect();
        for job in jobs {
            job.await.unwrap().unwrap();
        }
        assert!((1..=2).contains(&*most.lock().unwrap()));
    }
}
