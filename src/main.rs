//! The program: reads its settings, puts the server together, serves until it is told to stop.

use std::{
    io::Write,
    net::{IpAddr, SocketAddr},
    path::Path,
    time::Duration,
};

use anyhow::{Context, Result};
use skein::server::{
    app::App,
    config::{Cli, Command, DemoSettings, Settings},
    demo,
    http::serve,
    log,
    provider::{self, Demo, DemoOptions, EndpointSources, Pace, ProviderSettings, Providers},
    router,
    store::{self, Store},
};
use tokio::{
    net::{TcpListener, TcpSocket},
    signal::unix::{Signal, SignalKind, signal},
};

#[tokio::main]
async fn main() -> Result<()> {
    let cli = Cli::read();
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
    let store = Store::open(&url, store::Options::default()).await.map_err(|error| {
        let what = match settings.database_url {
            Some(_) => "cannot open the database that DATABASE_URL names".to_owned(),
            None => format!("cannot open the database in {}", data_dir.display()),
        };
        let remedy = remedy(&error).map(|remedy| format!(": {remedy}")).unwrap_or_default();
        anyhow::Error::new(error).context(what + &remedy)
    })?;
    let providers = Providers::new(provider_settings(&settings, address.port())?);
    // Asked for now, so that the first page need not wait for it.
    tokio::spawn({
        let providers = providers.clone();
        async move { providers.models(true).await }
    });
    let app = App::new(settings, store, providers).await.context("cannot settle what an earlier run left behind")?;

    greet(&app, address, &data_dir).await;
    let router = router::router(app.clone());
    let mut signals = Signals::new()?;
    let stopping = {
        let app = app.clone();
        async move {
            signals.next().await;
            tracing::info!(grace = app.settings.grace, "stopping: new messages are refused, what runs may end");
            let drained = tokio::time::timeout(app.settings.grace(), app.drain());
            let hurry = tokio::select! {
                _ = drained => false,
                () = signals.next() => true,
            };
            tracing::info!("stopping: settling what still runs");
            tokio::select! {
                () = app.close() => {}
                () = signals.next() => {}
                // Settling takes no time, unless the database does not do its work.
                () = tokio::time::sleep(HURRY), if hurry => {}
            }
            app.closing.cancel();
        }
    };
    tokio::select! {
        () = serve::serve(listener, router, stopping) => {}
        // A browser that keeps its connection open must not keep the process.
        () = async { app.closing.cancelled().await; tokio::time::sleep(LINGER).await } => {}
    }
    Ok(())
}

/// How long whoever stops it twice waits at the most.
const HURRY: Duration = Duration::from_secs(1);
/// How long a connection may stay open after everything else has ended.
const LINGER: Duration = Duration::from_secs(2);

/// What to do about a database that cannot be opened.
fn remedy(error: &store::Error) -> Option<&'static str> {
    Some(match error.fault()? {
        store::Fault::Full => "the disk is full, make room",
        store::Fault::Locked => "another program holds it; end that, or set another DATA_DIR",
        store::Fault::ReadOnly => {
            "it may not be written; change the rights of its folder and its files, or set another DATA_DIR"
        }
        store::Fault::Unreachable => {
            "it cannot be reached; check that it is there, and the rights of its folder and its files"
        }
    })
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

/// SIGTERM and Ctrl+C.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    fn new() -> Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    /// Waits for the next of either.
    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
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
    let mut signals = Signals::new()?;
    axum::serve(listener, router)
        .with_graceful_shutdown(async move { signals.next().await })
        .await
        .context("the demo server failed")
}
