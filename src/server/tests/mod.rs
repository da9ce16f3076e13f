//! The whole server over real HTTP: a real store on each engine, and the scripted provider behind the real client code.

mod accounts;
mod base;
mod calls;
mod client;
mod conversation;
mod faults;
mod fuzz;
mod law;
mod limits;
mod models;
mod pages;
mod queue;
mod resume;
mod routes;
mod runs;
mod security_access;
mod security_answers;
mod security_sessions;
mod security_text;
mod settings;
mod shapes;
mod sidebar;
mod statistics;
mod tree;
mod viewers;
mod watching;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use clap::Parser;
use tokio::net::TcpListener;

use super::{
    app::App,
    config::{Cli, Settings},
    http,
    provider::{Demo, DemoOptions, Pace, ProviderSettings, Providers, demo_server},
    router,
    store::{Store, testing::TestStore},
};
use client::Person;

pub const PASSWORD: &str = "correct horse battery";

/// One server, and its provider. Gone when dropped.
pub struct TestApp {
    pub app: App,
    pub base: String,
    /// Steers the provider and tells what became of its requests.
    pub demo: Demo,
    database: Arc<TestStore>,
    settings: Settings,
    provider: SocketAddr,
}

impl TestApp {
    pub async fn start(database: Arc<TestStore>) -> Self {
        Self::with(database, &[]).await
    }

    /// With flags of the program.
    pub async fn with(database: Arc<TestStore>, flags: &[&str]) -> Self {
        // A provider's refusal is what most tests want to see at once.
        let own = if flags.contains(&"--busy-wait") { vec!["skein"] } else { vec!["skein", "--busy-wait", "0"] };
        let settings = Cli::try_parse_from([&own, flags].concat()).unwrap().serve;
        // A second choice of the same would be refused; each test process makes the first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let models = ["demo", "other"].map(str::to_owned).to_vec();
        let demo = Demo::new(DemoOptions { pace: Pace::none(), models, ..DemoOptions::default() });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let provider = listener.local_addr().unwrap();
        let served = demo_server(demo.clone());
        tokio::spawn(async move { axum::serve(listener, served).await.unwrap() });
        let (app, base) = serve(&database, settings.clone(), provider).await;
        Self { app, base, demo, database, settings, provider }
    }

    /// The same data in a new process, so to speak: everything that was only in memory is gone.
    pub async fn restarted(self) -> Self {
        let (app, base) = serve(&self.database, self.settings.clone(), self.provider).await;
        Self { app, base, ..self }
    }

    /// The same data before another server of models.
    pub async fn before(self, provider: SocketAddr) -> Self {
        let (app, base) = serve(&self.database, self.settings.clone(), provider).await;
        Self { app, base, provider, ..self }
    }

    /// The same data in a program of which only this is known about providers.
    pub async fn provided(self, providers: ProviderSettings) -> Self {
        let (app, base) = serve_with(&self.database, self.settings.clone(), providers).await;
        Self { app, base, ..self }
    }

    /// Nobody yet.
    pub fn stranger(&self) -> Person {
        Person::stranger(&self.base)
    }

    /// The first account, the administrator's.
    pub async fn admin(&self) -> Person {
        let mut person = self.stranger();
        person.sign_up("ada@example.org").await.unwrap();
        person
    }
}

async fn serve(database: &TestStore, settings: Settings, provider: SocketAddr) -> (App, String) {
    let endpoints = super::provider::endpoints(&super::provider::EndpointSources {
        openai_api_base_url: Some(format!("http://{provider}/v1")),
        ..Default::default()
    });
    let providers = ProviderSettings {
        endpoints: endpoints.unwrap(),
        probes: Vec::new(),
        idle_limit: Duration::from_secs(2),
        demo: None,
        ..ProviderSettings::default()
    };
    serve_with(database, settings, providers).await
}

async fn serve_with(database: &TestStore, settings: Settings, providers: ProviderSettings) -> (App, String) {
    let store: Store = database.again().await;
    let app = App::new(settings, store, Providers::new(providers)).await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(http::serve::serve(listener, router::router(app.clone()), std::future::pending()));
    (app, base)
}

/// Runs a test over a database, if there is one, and removes the database.
async fn on(database: Option<TestStore>, flags: &[&str], test: impl AsyncFnOnce(TestApp)) {
    if let Some(database) = database.map(Arc::new) {
        let app = TestApp::with(database.clone(), flags).await;
        let first = app.app.clone();
        test(app).await;
        // What still runs would be in the way of the database's end.
        first.close().await;
        if let Some(database) = Arc::into_inner(database) {
            database.finish().await;
        }
    }
}

/// Runs each test on SQLite, and on PostgreSQL where there is one.
macro_rules! on_both_engines {
    ($($(#[$doc:meta])* async fn $name:ident($app:ident: TestApp $(, $($flag:literal),+)?) $body:block)*) => {$(
        mod $name {
            use super::*;
            use $crate::server::store::testing::TestStore;

            async fn test($app: TestApp) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                $crate::server::tests::on(Some(TestStore::sqlite().await), &[$($($flag),+)?], test).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                $crate::server::tests::on(TestStore::postgres().await, &[$($($flag),+)?], test).await;
            }
        }
    )*};
}
pub(crate) use on_both_engines;
