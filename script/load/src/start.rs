//! From nothing to the first page: with an empty database and with a large one; what the program holds while idle; its
//! size.

use std::{path::Path, time::Duration};

use anyhow::Result;
use serde_json::json;

use crate::{
    clock,
    host::Running,
    http::Connection,
    report::{Part, Row},
    sample::Sample,
    stage::Stage,
};

const TIMES: usize = 7;
/// After this long it counts as idle.
const IDLE: Duration = Duration::from_secs(2);

/// Stops the stage's server, whose database is the large one.
pub async fn run(stage: &mut Stage) -> Result<Part> {
    if let Some(server) = stage.server.take() {
        server.stop()?;
    }
    let (mut empty, mut memory) = (Sample::default(), Sample::default());
    for time in 0..TIMES {
        let data = stage.work.join(format!("empty{time}"));
        let (took, held) = once(&stage.program, &data, time == 0).await?;
        empty.add(took);
        held.into_iter().for_each(|held| memory.add(held));
    }
    let mut large = Sample::default();
    for time in 0..TIMES {
        let (took, held) = once(&stage.program, &stage.data, time == 0).await?;
        large.add(took);
        held.into_iter().for_each(|held| memory.add(held));
    }
    let seconds = |sample: &Sample| format!("{:.3} s", sample.median() / 1000.0);
    let quick = empty.median() <= 300.0 && large.median() <= 300.0;
    let size = std::fs::metadata(&stage.program)?.len() as f64 / 1e6;
    let held = memory.at(1.0);
    let rows = vec![
        Row::new(
            "exec to the first page, empty / 1 GB database",
            format!("{} / {}", seconds(&empty), seconds(&large)),
            "≤ 0.3 s",
            Some(quick),
        ),
        Row::new("memory when idle", format!("{held:.0} MB"), "≤ 40 MB", (memory.len() > 0).then_some(held <= 40.0)),
        Row::new("the binary, everything in it", format!("{size:.1} MB"), "≤ 40 MB", Some(size <= 40.0)),
    ];
    let data =
        json!({ "empty_ms": empty.json(), "large_ms": large.json(), "memory_mb": memory.json(), "binary_mb": size });
    Ok(Part { rows, data })
}

/// One start: milliseconds, and megabytes once it is idle.
async fn once(program: &Path, data: &Path, wait: bool) -> Result<(f64, Option<f64>)> {
    let start = clock::now();
    let server = Running::server(program, data, 0, None)?;
    let mut connection = Connection::open(server.address).await?;
    connection.send("GET", "/login", &[("host", &server.address.to_string())], "").await?;
    let head = connection.head().await?;
    let took = (clock::now() - start) as f64 / 1000.0;
    anyhow::ensure!(head.is_some_and(|head| head.status() == 200), "no page");
    let mut held = None;
    if wait {
        tokio::time::sleep(IDLE).await;
        held = server.memory();
    }
    drop(connection);
    server.stop()?;
    Ok((took, held))
}
