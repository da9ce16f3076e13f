//! What people may do, one function a use case: authorise, then act. Nothing here knows HTTP, Leptos or a cookie.

pub mod accounts;
pub mod events;
mod gate;
pub mod messages;
pub mod models;
pub mod queue;
pub mod settings;
pub mod threads;
pub mod tree;

use crate::{
    model::{Account, Error, Settings},
    server::{
        clock::fresh,
        store::{self, Person},
    },
};

/// After how many seconds another try is worth it where the database does not do its work.
const DATABASE_WAIT: u32 = 5;

/// Who asks.
#[derive(Clone, Debug)]
pub struct Viewer {
    pub account: Account,
    /// As the person chose them; see [`settings::effective`] for what holds.
    pub settings: Settings,
}

impl From<Person> for Viewer {
    fn from(person: Person) -> Self {
        Self { account: person.account, settings: person.settings }
    }
}

impl From<store::Error> for Error {
    /// What the store refuses has a name on the wire; what fails in it is logged and only referred to.
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::NotFound => Self::NotFound,
            store::Error::Busy(_) => Self::conflict("run_active"),
            store::Error::QueueFull => Self::conflict("queue_full"),
            store::Error::Taken => Self::conflict("email_taken"),
            store::Error::Closed => Self::Forbidden,
            other => match other.fault() {
                Some(fault) => {
                    tracing::error!(error = %other, "the database does not do its work");
                    Self::unavailable(fault.code(), DATABASE_WAIT)
                }
                None => internal(&other),
            },
        }
    }
}

/// Logs a fault of ours and gives the reference by which the log has it.
pub fn internal(error: &(dyn std::error::Error + 'static)) -> Error {
    let reference: uuid::Uuid = fresh();
    tracing::error!(%reference, error, "internal error");
    Error::Internal { reference: reference.to_string() }
}

/// Carries a command out to its end, even if whoever sent it goes away half-way.
async fn whole<T: Send + 'static>(work: impl Future<Output = Result<T, Error>> + Send + 'static) -> Result<T, Error> {
    tokio::spawn(work).await.unwrap_or_else(|error| Err(internal(&error)))
}
