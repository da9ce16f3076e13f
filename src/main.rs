//! The program: reads its settings, puts the server together, serves until it is told to stop.

use std::{
    io::Write,
    net::{IpAddr, SocketAddr},
    path::Path,
    time::Duration,
};

use anyhow::{Context, Result};
use clap::Parser;
use skein::server::{
    app::App,
    config::{Cli, Command, DemoSettings, Settings},
    demo, log,
    provider::{self, Demo, DemoOptions, EndpointSources, Pace, ProviderSettings, Providers},
    router,
    store::{self, Store},
};
use tokio::net::{TcpListener, TcpSocket};

#[tokio::main]
async fn main() -> Result<()> {
    let cli = Cli::parse();
    let format = match &cli.command {
        Some(Command::Serve(settings)) => settings.log_format,
        _ => cli.serve.log_format,
    };
    log::begin(format);
    allow_files();
    // The one place that chooses who does the cryptography of HTTPS. A second choice would be refused, and be the same.
    let _ = rustls::crypto::ring::default_provider().install_default();
    match cli.command {
        None => serve(cli.serve).await,
        Some(Command::Serve(settings)) => serve(*settings).await,
        Some(Command::Demo(settings)) => demo(settings).await,
    }
}

async fn serve(settings: Settings) -> Result<()> {
    let host = settings.address()?;
    let listener = listen(SocketAddr::new(host, settings.port)).with_context(|| {
        format!("cannot listen on {host} port {}: choose another with --port (PORT)", settings.port)
    })?;
    let address = listener.local_addr()?;
    let data_dir = settings.data_dir()?;
    std::fs::create_dir_all(&data_dir)
        .with_context(|| format!("cannot make the data folder {}: set DATA_DIR", data_dir.display()))?;
    let url = settings.database_url()?;
    let store = Store::open(&url, store::Options::default()).await.with_context(|| match settings.database_url {
        Some(_) => "cannot open the database that DATABASE_URL names".to_owned(),
        None => format!("cannot open the database in {}", data_dir.display()),
    })?;
    let providers = Providers::new(provider_settings(&settings, address.port())?);
    // Asked for now, so that the first page need not wait for it.
    tokio::spawn({
        let providers = providers.clone();
        async move { providers.models(true).await }
    });
    let app = App::new(settings, store, providers).await.context("cannot settle what an earlier run left behind")?;

    greet(&app, address, &data_dir).await;
    let service = router::router(app.clone()).into_make_service_with_connect_info::<SocketAddr>();
    let stopping = {
        let app = app.clone();
        async move {
            stop_signal().await;
            tracing::info!("stopping: settling what runs");
            app.close().await;
        }
    };
    let server = axum::serve(listener, service).with_graceful_shutdown(stopping);
    tokio::select! {
        result = async { server.await } => result.context("the server failed")?,
        // A browser that keeps its connection open must not keep the process.
        () = async { app.closing.cancelled().await; tokio::time::sleep(Duration::from_secs(10)).await } => {}
    }
    Ok(())
}

/// How many connections may wait to be accepted. The usual 128 is too few for a crowd that comes at once: whoever finds
/// the queue full tries again a second later.
const WAITING: u32 = 4096;

fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // As the usual way does it: a restart need not wait for the old connections' end.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(WAITING)
}

fn provider_settings(settings: &Settings, own_port: u16) -> Result<ProviderSettings> {
    let endpoints = provider::endpoints(&EndpointSources {
        openai_api_base_urls: settings.openai_api_base_urls.clone(),
        openai_api_base_url: settings.openai_api_base_url.clone(),
        openai_base_url: settings.openai_base_url.clone(),
        openai_api_keys: settings.openai_api_keys.clone(),
        openai_api_key: settings.openai_api_key.clone(),
        ollama_base_url: settings.ollama_base_url.clone(),
    })?;
    let defaults = ProviderSettings::default();
    Ok(ProviderSettings {
        endpoints,
        demo: defaults.demo.clone().filter(|_| !settings.no_demo),
        probes: if settings.no_probe { Vec::new() } else { defaults.probes.clone() },
        own_port: Some(own_port),
        idle_limit: settings.idle_timeout(),
        default_model: settings.default_model.clone(),
        ..defaults
    })
}

/// Every viewer and every model's answer is an open file, and the usual limit of 1,024 is soft: a program may raise its own
/// to the hard one, and who wants less sets that.
fn allow_files() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current != maximum && setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).is_err() {
        tracing::warn!(?current, ?maximum, "could not raise the limit of open files");
    }
}

/// Says where the page is and what to do first, on standard output.
async fn greet(app: &App, address: SocketAddr, data_dir: &Path) {
    let host = match address.ip() {
        ip if ip.is_unspecified() => IpAddr::from([127, 0, 0, 1]),
        ip => ip,
    };
    say(format_args!("Skein is at http://{}", SocketAddr::new(host, address.port())));
    if address.ip().is_unspecified() {
        say(format_args!("  and at this machine's other addresses, port {}", address.port()));
    }
    say(format_args!("  data in {}", data_dir.display()));
    if matches!(app.store.any_user().await, Ok(false)) {
        say(format_args!("  no account yet: the first one made there is the administrator's"));
    }
}

/// Prints a line. Whoever read the lines may have gone by now; that is no reason to end.
fn say(line: std::fmt::Arguments<'_>) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// Waits for SIGTERM or Ctrl+C.
async fn stop_signal() {
    let interrupt = tokio::signal::ctrl_c();
    match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
        }
        Err(_) => {
            let _ = interrupt.await;
        }
    }
}

async fn demo(settings: DemoSettings) -> Result<()> {
    let listener = TcpListener::bind(SocketAddr::new(settings.host, settings.port)).await?;
    say(format_args!("The demo's OpenAI-compatible server is at http://{}/v1", listener.local_addr()?));
    let pace = match settings.pace {
        Some(0) => Pace::none(),
        Some(millis) => Pace::between(Duration::from_millis(millis), Duration::from_millis(millis)),
        None => Pace::natural(),
    };
    let demo = Demo::new(DemoOptions { pace, ..DemoOptions::default() });
    let router = demo::router(demo, settings.control);
    axum::serve(listener, router).with_graceful_shutdown(stop_signal()).await.context("the demo server failed")
}
