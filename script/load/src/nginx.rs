//! What relaying a token costs the program beside nginx, which only passes the bytes on: the same answers, from the same
//! model, in the same run.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use serde_json::json;

use crate::{
    host::{self, Running},
    relay::{self, Load},
    report::{Part, Row},
    stage::Stage,
};

const LOADS: [(usize, f64); 2] = [(1, 5.0), (200, 5.0)];
const RATE: f64 = 50.0;

pub async fn run(stage: &Stage, program: &Path, asked: Option<Load>) -> Result<Part> {
    let usual = LOADS.map(|(streams, seconds)| Load { streams, viewers: 1, rate: RATE, seconds });
    let (mut rows, mut data) = (Vec::new(), Vec::new());
    for load in asked.map_or(usual.to_vec(), |load| vec![load]) {
        let nginx = start(stage, program)?;
        let theirs = relay::through(&stage.provider, Some(&nginx), &load, relay::viewer_of(nginx.address)).await?;
        drop(nginx);
        let (ours, _) = relay::program(stage, &load).await?;
        let (own, their) = ours.cpu.zip(theirs.cpu).context("the system does not tell a process's time")?;
        rows.push(Row::new(
            format!("{} × {} tokens/s: server CPU a token", load.streams, load.rate),
            format!("{own:.0} µs, nginx {their:.0} µs: {:.1} ×", own / their),
            "",
            None,
        ));
        data.push(json!({
            "streams": load.streams, "rate": load.rate, "program_us": own, "nginx_us": their,
            "program_ms": ours.delay.json(), "nginx_ms": theirs.delay.json(),
        }));
    }
    Ok(Part { rows, data: json!(data) })
}

/// One process, which passes on at once what comes, as the program is to be served behind it.
fn start(stage: &Stage, program: &Path) -> Result<Running> {
    let address = host::free_address()?;
    let folder = stage.work.join("nginx");
    fs::create_dir_all(&folder)?;
    let configuration = format!(
        "daemon off; master_process off; pid nginx.pid; error_log stderr error;\n\
         events {{ worker_connections 8192; }}\n\
         http {{\n\
           access_log off; tcp_nodelay on;\n\
           client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;\n\
           server {{\n\
             listen {address};\n\
             location / {{\n\
               proxy_pass http://{}; proxy_http_version 1.1; proxy_set_header Connection \"\";\n\
               proxy_buffering off; proxy_read_timeout 1h;\n\
             }}\n\
           }}\n\
         }}\n",
        stage.provider.address
    );
    let file = folder.join("nginx.conf");
    fs::write(&file, configuration)?;
    let (prefix, file) = (folder.display().to_string(), file.display().to_string());
    Running::silent(program, &["-p", &prefix, "-c", &file], &[], &stage.work.join("nginx.log"), address)
}
