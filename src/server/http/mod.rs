//! What is plain HTTP: what every request passes and every answer bears, the event stream, health, and the connections
//! they go by.

pub mod answer;
pub mod calls;
pub mod events;
pub mod guard;
pub mod health;
mod input;
pub mod metrics;
pub mod serve;
mod taken;

pub use input::Input;
