//! How a call that did not get through looks to the one who made it.

use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};

use super::Wire;
use crate::model::Error;

impl FromServerFnError for Error {
    type Encoder = Wire;

    /// The framework's own faults: arguments that could not be read are the caller's, a request that did not arrive is
    /// the network's, everything else is ours.
    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) => {
                Self::invalid("arguments", "arguments_unreadable")
            }
            ServerFnErrorErr::Request(_) | ServerFnErrorErr::Deserialization(_) => Self::Offline,
            other => Self::Internal { reference: other.to_string() },
        }
    }
}
