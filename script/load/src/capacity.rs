//! How many streams at once the server carries on one core: more and more of them, until a token comes too late, a start is
//! refused, something is lost, or the core has no more time.

use anyhow::Result;
use serde_json::{Value, json};

use crate::{
    pin::Pinned,
    relay::{self, Load, Outcome},
    report::{Part, Row},
    stage::Stage,
};

/// What a token may be late, at the 99th percentile, over the same load straight from model to viewer, in milliseconds.
const LATE: f64 = 100.0;
/// The part of a core from which on it counts as full.
const FULL: f64 = 0.97;
/// As many streams at this rate must be carried.
const WANTED: (f64, usize) = (20.0, 1_000);
/// Rates, viewers of each stream, and the numbers of streams that are tried.
const LADDERS: [(f64, usize, &[usize]); 3] = [
    (20.0, 1, &[500, 1_000, 1_500, 2_000, 2_500, 3_000, 4_000]),
    (50.0, 1, &[250, 500, 750, 1_000, 1_250, 1_500, 2_000]),
    (20.0, 4, &[125, 250, 500, 750, 1_000]),
];
const SECONDS: f64 = 5.0;

/// One number of streams.
struct Step {
    streams: usize,
    ours: Outcome,
    straight: Outcome,
    refused: usize,
}

impl Step {
    fn late(&self) -> f64 {
        (self.ours.delay.at(0.99) - self.straight.delay.at(0.99)).max(0.0)
    }

    /// Why it is too many, if it is.
    fn limit(&self) -> Option<String> {
        let full = |part: Option<f64>| part.filter(|part| *part >= FULL).is_some();
        match () {
            () if self.refused > 0 => Some(format!("{} refused", self.refused)),
            () if self.ours.missing > 0 => Some(format!("{} tokens lost", self.ours.missing)),
            () if full(self.ours.busy) => Some("its core is full".to_owned()),
            () if self.late() > LATE => Some(format!("p99 {:.0} ms late", self.late())),
            // The instrument cannot tell then.
            () if full(self.ours.own) || full(self.straight.own) => Some("the generator's core is full".to_owned()),
            () => None,
        }
    }

    fn json(&self) -> Value {
        json!({
            "streams": self.streams,
            "ms": self.ours.delay.json(),
            "straight_ms": self.straight.delay.json(),
            "added_p99_ms": self.late(),
            "server_core": self.ours.busy,
            "generator_core": self.ours.own,
            "cpu_us_a_token": self.ours.cpu,
            "refused": self.refused,
            "missing": self.ours.missing,
            "limit": self.limit(),
        })
    }
}

/// Runs every ladder up to the first step that is too high, or one load of one's own.
pub async fn run(stage: &mut Stage, asked: Option<Load>) -> Result<Part> {
    let pinned = Pinned::begin()?;
    stage.again(|stage| pinned.start(|| stage.started()))?;
    let own = asked.map(|load| (load.rate, load.viewers, vec![load.streams], load.seconds));
    let usual = LADDERS.map(|(rate, viewers, all)| (rate, viewers, all.to_vec(), SECONDS));
    let ladders = own.map_or(usual.to_vec(), |own| vec![own]);
    let (mut rows, mut data) = (Vec::new(), Vec::new());
    for (rate, viewers, all, seconds) in ladders {
        let mut steps: Vec<Step> = Vec::new();
        for streams in all {
            let load = Load { streams, viewers, rate, seconds };
            let straight = relay::straight(stage, &load).await?;
            let (ours, (_, refused, _)) = relay::program(stage, &load).await?;
            steps.push(Step { streams, ours, straight, refused });
            let step = &steps[steps.len() - 1];
            eprintln!("bench: {}", step.json());
            if step.limit().is_some() {
                break;
            }
        }
        data.push(
            json!({ "rate": rate, "viewers": viewers, "steps": steps.iter().map(Step::json).collect::<Value>() }),
        );
        rows.push(row(rate, viewers, &steps, pinned.said()));
    }
    drop(pinned);
    stage.again(Stage::started)?;
    Ok(Part { rows, data: json!(data) })
}

fn row(rate: f64, viewers: usize, steps: &[Step], how: &str) -> Row {
    let carried = steps.iter().rev().find(|step| step.limit().is_none());
    let (most, figures) = carried.map_or((0, String::new()), |step| {
        let part = |part: Option<f64>| part.map_or("–".to_owned(), |part| format!("{:.0} %", part * 100.0));
        let (p99, busy, own) = (step.ours.delay.at(0.99), part(step.ours.busy), part(step.ours.own));
        let late = step.late();
        (step.streams, format!(" (p99 {p99:.1} ms, {late:.1} of it added; its core {busy}, generator's {own})"))
    });
    let above = steps.last().and_then(|step| Some(format!("; at {}: {}", step.streams, step.limit()?)));
    let judged = (rate, viewers) == (WANTED.0, 1);
    let shared = if viewers == 1 { String::new() } else { format!(" × {viewers} viewers") };
    Row::new(
        format!("streams at {rate} tokens/s{shared} carried at once; {how}"),
        format!("{most}{figures}{}", above.unwrap_or_default()),
        if judged { "≥ 1,000, none refused, added p99 ≤ 100 ms" } else { "" },
        judged.then_some(most >= WANTED.1),
    )
}
