//! What is plain HTTP: what every request passes and every answer bears, the event stream, health.

pub mod answer;
pub mod calls;
pub mod events;
pub mod guard;
pub mod health;
mod input;
pub mod metrics;

pub use input::Input;
