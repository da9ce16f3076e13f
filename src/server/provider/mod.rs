//! Providers: where model output comes from. Any number of OpenAI-compatible servers, configured or found on this
//! machine, and the built-in scripted `demo`. Each speaks its own dialect; what leaves this module are [`Chunk`]s, a
//! [`Failure`](crate::model::Failure) or a list of [`Models`](crate::model::Models), and nothing else a provider sends.
//!
//! From wire to chunk: `http` connects, `openai` asks, `transfer` reads packets under the idle limit, `sse` cuts
//! them into events, `completion` says what an event means. `providers` owns the list of who there is to ask.
//!
//! No total time limit exists: a slow prompt is not a dead peer. The idle limit counts from the request to the first
//! byte, and from packet to packet. Every buffer is bounded, no redirect is followed, and a key or a password in an
//! address is taken out of every text that could be shown or logged.

mod answer;
mod catalogue;
mod chunk;
mod completion;
mod demo;
mod discovery;
mod endpoint;
mod endpoints;
mod http;
mod openai;
mod plain;
mod probe;
mod providers;
mod refusal;
mod request;
mod retry_after;
mod secret;
mod settings;
mod sse;
mod transfer;
mod window;

#[cfg(test)]
pub(super) mod tests;

pub use answer::Answer;
pub use chunk::Chunk;
pub use demo::{Counts, Demo, DemoOptions, Pace, Recorded, demo_server};
pub use endpoint::{BadEndpoint, Endpoint};
pub use endpoints::{BadProvider, EndpointSources, endpoints};
pub use probe::{Probe, usual_probes};
pub use providers::Providers;
pub use request::{Request, Sampling, Turn};
pub use secret::Secret;
pub use settings::ProviderSettings;
