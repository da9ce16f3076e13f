//! What is plain HTTP: the event stream, health, and the guard every request passes.

pub mod events;
pub mod guard;
pub mod health;
