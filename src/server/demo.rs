//! `skein demo`: the scripted provider as a server of its own, and the handles by which a test in another process steers
//! it.

use axum::{
    Json, Router,
    extract::{Path, State},
    routing::{get, post},
};
use serde_json::{Value, json};

use super::provider::{Demo, demo_server};

/// The server; with `control`, `/control/…` opens gates and tells what became of requests. Not for a server that others
/// can reach: whoever can, can steer it.
pub fn router(demo: Demo, control: bool) -> Router {
    let server = demo_server(demo.clone());
    if !control {
        return server;
    }
    server.merge(
        Router::new()
            .route("/control/release/{gate}", post(release))
            .route("/control/reached/{gate}/{times}", get(reached))
            .route("/control/open", get(open))
            .with_state(demo),
    )
}

async fn release(State(demo): State<Demo>, Path(gate): Path<String>) {
    demo.release(&gate);
}

/// Answers once a script has come to the gate so many times.
async fn reached(State(demo): State<Demo>, Path((gate, times)): Path<(String, u32)>) {
    demo.reached(&gate, times).await;
}

/// How many requests are open, were given up by their client, and were answered to the end.
async fn open(State(demo): State<Demo>) -> Json<Value> {
    let counts = demo.counts();
    Json(json!({ "open": counts.open, "aborted": counts.aborted, "finished": counts.finished }))
}
