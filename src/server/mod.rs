//! The server: everything that is not sent to browsers.

pub mod actions;
pub mod app;
pub mod assets;
pub mod auth;
pub mod call;
pub mod clock;
pub mod config;
pub mod demo;
pub mod http;
pub mod hub;
pub mod log;
pub mod metrics;
pub mod provider;
pub mod render;
pub mod router;
pub mod run;
pub mod store;
#[cfg(test)]
mod tests;
