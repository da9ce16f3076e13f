//! Every route there is, as the router itself lists them: a new one is in every test that asks something of all.

use super::TestApp;
use crate::server::router;

/// The paths of all routes, with `{…}` for what varies.
pub fn all(app: &TestApp) -> Vec<String> {
    // The router shows what it matches, and only there.
    let shown = format!("{:?}", router::router(app.app.clone()));
    let mut paths: Vec<String> = shown
        .split("RouteId(")
        .filter_map(|rest| rest.split_once("): \"")?.1.split('"').next().map(str::to_owned))
        .collect();
    paths.sort();
    paths.dedup();
    for known in ["/events", "/health", "/login", "/chat/thread/{id}", "/rpc/threads/rename", "/rpc/{*name}"] {
        assert!(
            paths.iter().any(|path| path == known),
            "{known} is not among {paths:?}; is the router shown otherwise?"
        );
    }
    paths.retain(|path| !path.contains("__private"));
    paths
}

/// The path with this in each place that varies.
pub fn filled(path: &str, with: &str) -> String {
    path.split('/').map(|part| if part.starts_with('{') { with } else { part }).collect::<Vec<_>>().join("/")
}
