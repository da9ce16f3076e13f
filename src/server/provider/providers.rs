//! Who there is to ask.

use std::sync::{Arc, Mutex, PoisonError};

use futures::future::join_all;
use tokio::time::Instant;

use super::{
    Answer, Endpoint, Probe, ProviderSettings, Request,
    catalogue::{self, DEMO},
    discovery, endpoints,
    http::Http,
    openai::Server,
};
use crate::model::{Failure, FailureKind, Models, SourceState};

/// Everything that was configured, found or built in. Cheap to clone.
#[derive(Clone)]
pub struct Providers(Arc<Inner>);

struct Inner {
    settings: ProviderSettings,
    servers: Vec<Arc<Server>>,
    /// None: no client can be made, which the log tells.
    http: Option<Http>,
    list: Mutex<Option<Known>>,
    /// Held by who asks all servers, so that only one does.
    asking: tokio::sync::Mutex<()>,
}

/// A list of models, and when it was made.
#[derive(Clone)]
struct Known {
    models: Models,
    at: Instant,
    /// Counts the lists.
    number: u64,
}

impl Providers {
    /// Nothing is asked yet: that begins with the first [`models`](Self::models) or [`stream`](Self::stream). With no
    /// endpoint configured the probes are the servers.
    pub fn new(mut settings: ProviderSettings) -> Self {
        let probed = settings.endpoints.is_empty();
        let mut endpoints: Vec<Endpoint> = match probed {
            false => std::mem::take(&mut settings.endpoints),
            true => {
                let probes = settings.probes.iter().filter(|probe| settings.own_port != Some(probe.port));
                probes.filter_map(Probe::endpoint).collect()
            }
        };
        endpoints::label(&mut endpoints);
        let servers = endpoints.into_iter().map(|endpoint| Arc::new(Server::new(endpoint, probed))).collect();
        let http = Http::new(settings.connect_limit);
        Self(Arc::new(Inner { settings, servers, http, list: Mutex::default(), asking: Default::default() }))
    }

    /// What there is to choose from. The first call asks all servers at once and takes as long as the slowest of them,
    /// at most the limit in the settings; later ones answer from memory. `refresh` asks again, also on this machine
    /// where nothing is configured. Callers that come while the servers are being asked share the answer.
    pub async fn models(&self, refresh: bool) -> Models {
        let known = self.known();
        match &known {
            Some(known) if !refresh => {
                if known.at.elapsed() > self.0.settings.fresh_for {
                    let (providers, number) = (self.clone(), known.number);
                    tokio::spawn(async move { providers.ask(number).await });
                }
                known.models.clone()
            }
            _ => self.ask(known.map_or(0, |known| known.number)).await,
        }
    }

    /// Asks a model. Returns once the provider has begun to answer; dropping what is waited for, or the [`Answer`],
    /// ends the HTTP request itself.
    ///
    /// # Errors
    ///
    /// What the provider, or the way to it, failed with; [`FailureKind::NoModel`] when no model is named and there is
    /// none, [`FailureKind::UnknownModel`] when nobody offers the one that is named.
    pub async fn stream(&self, mut request: Request) -> Result<Answer, Failure> {
        if request.model.is_empty() {
            request.model = self.models(false).await.default.ok_or_else(|| Failure::new(FailureKind::NoModel))?;
        }
        let Inner { settings, servers, http, .. } = &*self.0;
        if let Some(demo) = settings.demo.as_ref().filter(|_| request.model == DEMO) {
            return demo.answer(&request, settings.idle_limit);
        }
        let resolved;
        let id = match catalogue::by_id(servers, &request.model) {
            Some(_) => &request.model,
            None => {
                let models = self.models(false).await;
                resolved = catalogue::by_name(&models, &request.model).map(|model| model.id.clone());
                resolved.as_ref().unwrap_or(&request.model)
            }
        };
        let (server, name) = match (catalogue::by_id(servers, id), servers.as_slice()) {
            (Some(found), _) => found,
            // The only server there is may know a name that it does not list.
            (None, [only]) if !only.probed => (only, request.model.as_str()),
            (None, _) => return Err(Failure::because(FailureKind::UnknownModel, &request.model)),
        };
        let http = http.as_ref().ok_or_else(|| Failure::because(FailureKind::Internal, "no HTTP client"))?;
        server.stream(http, name, &request, settings.idle_limit).await
    }

    /// How many tokens a model holds, by its id or name, as far as that is known now: nobody is asked.
    pub fn window(&self, model: &str) -> Option<u32> {
        let list = self.0.list.lock().unwrap_or_else(PoisonError::into_inner);
        catalogue::by_name(&list.as_ref()?.models, model)?.context_window
    }

    fn known(&self) -> Option<Known> {
        self.0.list.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Asks all servers, unless somebody else has since list `number`.
    async fn ask(&self, number: u64) -> Models {
        let _turn = self.0.asking.lock().await;
        if let Some(known) = self.known().filter(|known| known.number > number) {
            return known.models;
        }
        let Inner { settings, servers, http, list, .. } = &*self.0;
        let answers = join_all(servers.iter().map(async |server| {
            let limit = if server.probed { settings.probe_limit } else { settings.list_limit };
            let listed = match http {
                Some(http) => discovery::list(http, server, limit).await,
                None => Err(SourceState::Failing),
            };
            if let (Err(state), false) = (&listed, server.probed) {
                tracing::warn!(provider = server.endpoint.label(), ?state, "no list of models");
            }
            (server.clone(), listed)
        }))
        .await;
        let models = catalogue::merge(&answers, settings.demo.is_some(), settings.default_model.as_deref());
        let known = Known { models: models.clone(), at: Instant::now(), number: number + 1 };
        *list.lock().unwrap_or_else(PoisonError::into_inner) = Some(known);
        models
    }
}
