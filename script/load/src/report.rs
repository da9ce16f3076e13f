//! What came out: one file of JSON a part, and the table.

use std::{fs, path::Path};

use anyhow::Result;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The parts in the table's order, and what was measured of others in the same places, in 2026 on a machine with two
/// cores under load: Open WebUI 0.12 (OW), HF chat-ui 0.20 (CU), llama.cpp's own page (LL).
pub const PARTS: [(&str, &str); 15] = [
    ("page", "CU 100 ms at 50, 250 ms at 200, cannot store 1,000; OW 6.6 s to the first answer, 13.5 s at 10,000"),
    ("tree", ""),
    ("bytes", "CU 338 KB in 57 requests, OW 2.8 MB in 235, LL 2.9 MB"),
    ("relay", "OW 1.2–4 / 7–53 ms; of 50 simultaneous starts it refused 22"),
    ("cpu", "OW 760–1,380 µs, CU 3,300 µs"),
    ("nginx", ""),
    ("capacity", "OW 25 streams fine, 44 % of 50 refused"),
    ("fanout", "durable-streams-server, as published: p99 0.5–2.5 ms up to 2,048 connections"),
    ("memory", ""),
    ("soak", ""),
    ("token", "floor 12 / 23 ms, LL 18.5 / 61, OW 158 / 402 (10.2 s in 10,000), CU 293 / 514"),
    ("work", "OW 20+ ms, LL 11, CU 6"),
    ("history", "–"),
    ("start", "CU 3.7 s, 175 MB; OW 35 s, 1.2 GB"),
    ("machine", ""),
];

/// One part's results.
#[derive(Serialize, Deserialize, Debug)]
pub struct Part {
    pub rows: Vec<Row>,
    /// Everything that was measured: medians and spread.
    #[serde(default)]
    pub data: Value,
}

/// A row of the table.
#[derive(Serialize, Deserialize, Debug)]
pub struct Row {
    pub what: String,
    pub measured: String,
    pub target: String,
    /// None: for comparison only.
    pub ok: Option<bool>,
}

impl Row {
    pub fn new(what: impl Into<String>, measured: impl Into<String>, target: &str, ok: Option<bool>) -> Self {
        Self { what: what.into(), measured: measured.into(), target: target.into(), ok }
    }
}

/// Writes one part's results.
pub fn write(folder: &Path, part: &str, results: &Part) -> Result<()> {
    Ok(fs::write(folder.join(format!("{part}.json")), serde_json::to_string_pretty(results)?)?)
}

/// The table of all results in a folder.
pub fn table(folder: &Path) -> String {
    let read = |part: &str| {
        let text = fs::read_to_string(folder.join(format!("{part}.json"))).ok()?;
        serde_json::from_str::<Part>(&text).ok()
    };
    let parts: Vec<_> = PARTS.iter().filter_map(|(part, _)| Some((*part, read(part)?))).collect();
    table_of(&parts.iter().map(|(part, results)| (*part, results)).collect::<Vec<_>>())
}

/// The table of some parts.
pub fn table_of(parts: &[(&str, &Part)]) -> String {
    let mut out = String::from("| measured | here | target | ok? | others |\n| --- | --- | --- | --- | --- |\n");
    let mut below = String::new();
    for (part, results) in parts {
        let part = *part;
        let peers = PARTS.iter().find(|(known, _)| *known == part).map_or("", |(_, peers)| peers);
        for (index, Row { what, measured, target, ok }) in results.rows.iter().enumerate() {
            if part == "machine" {
                below += &format!("\n{what}: {measured}.\n");
                continue;
            }
            let name = if index == 0 { format!("**{part}**: ") } else { String::new() };
            let peers = if index == 0 { peers } else { "" };
            let ok = ok.map_or("", |ok| if ok { "yes" } else { "**no**" });
            out += &format!("| {name}{what} | {measured} | {target} | {ok} | {peers} |\n");
        }
    }
    out + &below
}
