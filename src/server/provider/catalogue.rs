//! The list of models, and whose model an id names.
//!
//! A model's id is the label of its server, small and without spaces, a slash, and the name the server gave it:
//! `ollama/llama3.2:3b`, `openai/gpt-4o`, `localhost:8000/qwen`; the built-in one is `demo`. So an id says where it
//! belongs whether that server is up or not, does not change with what another server offers, and is the same at every
//! start with the same configuration. A bare name means the first server that offers it.

use std::sync::{Arc, atomic::Ordering::Relaxed};

use super::openai::Server;
use crate::model::{ModelInfo, Models, Source, SourceState};

/// The id and the name of the built-in scripted model.
pub(super) const DEMO: &str = "demo";

/// How many tokens the built-in one says it holds. It holds any number: this is there to be shown.
pub(super) const DEMO_WINDOW: u32 = 8_192;

/// Where the built-in one comes from.
const BUILT_IN: &str = "Skein";

/// What one server answered.
pub(super) type Listed = Result<Vec<Offer>, SourceState>;

/// A model as its server lists it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Offer {
    pub name: String,
    /// How many tokens it holds, if its server says so.
    pub window: Option<u32>,
}

pub(super) fn id(server: &Server, name: &str) -> String {
    format!("{}/{name}", server.endpoint.slug())
}

/// The server and the name an id means there, by the id alone. Of labels that begin alike the longest holds.
pub(super) fn by_id<'a, 'b>(servers: &'a [Arc<Server>], id: &'b str) -> Option<(&'a Arc<Server>, &'b str)> {
    let place = |server: &'a Arc<Server>| {
        let slug = server.endpoint.slug();
        let name = id.strip_prefix(&slug)?.strip_prefix('/').filter(|name| !name.is_empty())?;
        Some((slug.len(), server, name))
    };
    servers.iter().filter_map(place).max_by_key(|(length, ..)| *length).map(|(_, server, name)| (server, name))
}

/// Puts together what the servers answered, in the order of the configuration, the built-in model last.
///
/// The default is always in the list: what the configuration names, by id or by name, else the first there is. A
/// default named by its id is offered also when its server does not list it (some have no list) or is down; with only
/// one server, which has no list, its name is enough.
pub(super) fn merge(answers: &[(Arc<Server>, Listed)], demo: bool, default: Option<&str>) -> Models {
    let mut list = Models::default();
    let servers: Vec<_> = answers.iter().map(|(server, _)| server.clone()).collect();
    let wanted = default.filter(|default| !default.is_empty() && *default != DEMO).and_then(|default| match answers {
        // The only server there is, and it has no list: the bare name can only be meant for it.
        [(only, Err(SourceState::Failing))] if !only.probed && by_id(&servers, default).is_none() => {
            Some((only, default))
        }
        _ => by_id(&servers, default),
    });
    for (server, listed) in answers {
        // Of the servers that were only looked for, those that never answered are none.
        if server.probed && !server.found.load(Relaxed) {
            continue;
        }
        let label = server.endpoint.label();
        let state = listed.as_ref().err().copied().unwrap_or(SourceState::Ready);
        list.sources.push(Source { label: label.to_owned(), origin: server.endpoint.origin(), state });
        let mut offers: Vec<(&str, Option<u32>)> =
            listed.iter().flatten().map(|offer| (offer.name.as_str(), offer.window)).collect();
        let there = |wanted: &str| offers.iter().any(|(name, _)| *name == wanted);
        if let Some((_, name)) = wanted.filter(|(of, name)| Arc::ptr_eq(of, server) && !there(name)) {
            offers.push((name, None));
        }
        list.models.extend(offers.into_iter().map(|(name, context_window)| ModelInfo {
            id: id(server, name),
            name: readable(name).to_owned(),
            source: label.to_owned(),
            demo: false,
            context_window,
        }));
    }
    if demo {
        list.models.push(ModelInfo {
            id: DEMO.into(),
            name: DEMO.into(),
            source: BUILT_IN.into(),
            demo: true,
            context_window: Some(DEMO_WINDOW),
        });
    }
    let named = default.and_then(|default| by_name(&list, default));
    list.default = named.or(list.models.first()).map(|model| model.id.clone());
    list
}

/// The model with this id, else the first with this name.
pub(super) fn by_name<'a>(list: &'a Models, name: &str) -> Option<&'a ModelInfo> {
    let bare =
        |model: &&ModelInfo| model.id.split_once('/').is_some_and(|(_, rest)| rest == name) || model.name == name;
    list.models.iter().find(|model| model.id == name).or_else(|| list.models.iter().find(bare))
}

/// llama.cpp names a model by the path of its file.
fn readable(name: &str) -> &str {
    match name.strip_suffix(".gguf") {
        Some(path) => path.rsplit(['/', '\\']).next().filter(|file| !file.is_empty()).unwrap_or(name),
        None => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::provider::Endpoint;

    fn server(label: &str, probed: bool) -> Arc<Server> {
        Arc::new(Server::new(Endpoint::new(label, "http://127.0.0.1:9/v1", None).unwrap(), probed))
    }

    fn names(names: &[&str]) -> Listed {
        Ok(names.iter().map(|name| Offer { name: (*name).to_owned(), window: None }).collect())
    }

    fn ids(list: &Models) -> Vec<&str> {
        list.models.iter().map(|model| model.id.as_str()).collect()
    }

    #[test]
    fn ids_do_not_depend_on_who_is_up() {
        let (a, b) = (server("LM Studio", false), server("h:1", false));
        let both = merge(&[(a.clone(), names(&["m", "n"])), (b.clone(), names(&["m"]))], true, None);
        assert_eq!(ids(&both), ["lm-studio/m", "lm-studio/n", "h:1/m", "demo"]);
        assert_eq!(both.default.as_deref(), Some("lm-studio/m"));
        assert_eq!(both.models[0].name, "m");
        let one = merge(&[(a, Err(SourceState::Unreachable)), (b, names(&["m"]))], false, None);
        assert_eq!(ids(&one), ["h:1/m"]);
        assert_eq!(one.sources[0].state, SourceState::Unreachable);
        assert_eq!(one.sources[0].origin, "http://127.0.0.1:9");
    }

    #[test]
    fn an_id_leads_to_its_server() {
        let servers = [server("h", false), server("h/x", false)];
        let find = |id| by_id(&servers, id).map(|(server, name)| (server.endpoint.label().to_owned(), name));
        assert_eq!(find("h/org/m"), Some(("h".into(), "org/m")));
        assert_eq!(find("h/x/m"), Some(("h/x".into(), "m")));
        assert_eq!((find("h/"), find("h"), find("hh/m"), find("m")), (None, None, None, None));
    }

    #[test]
    fn the_default_is_by_id_or_name_and_always_there() {
        let (a, b) = (server("a", false), server("b", false));
        let answers = [(a, names(&["m", "org/n"])), (b, Err(SourceState::Failing))];
        let default = |name| merge(&answers, true, Some(name)).default;
        assert_eq!(default("a/org/n").as_deref(), Some("a/org/n"));
        assert_eq!(default("org/n").as_deref(), Some("a/org/n"));
        assert_eq!(default("demo").as_deref(), Some("demo"));
        assert_eq!(default("b/unlisted").as_deref(), Some("b/unlisted"));
        assert_eq!(default("unknown").as_deref(), Some("a/m"));
        assert_eq!(merge(&[], true, None).default.as_deref(), Some("demo"));
        assert_eq!(merge(&[], false, Some("x")).default, None);
        assert!(ids(&merge(&answers, true, Some("b/unlisted"))).contains(&"b/unlisted"));
        assert_eq!(ids(&merge(&answers[1..], true, Some("org/m"))), ["b/org/m", "demo"]);
        assert_eq!(ids(&merge(&answers[1..], true, Some("demo"))), ["demo"]);
    }

    #[test]
    fn what_was_looked_for_in_vain_is_not_there() {
        let probed = server("p", true);
        assert_eq!(merge(&[(probed.clone(), Err(SourceState::Unreachable))], false, None), Models::default());
        probed.found.store(true, Relaxed);
        assert_eq!(merge(&[(probed, Err(SourceState::Unreachable))], false, None).sources.len(), 1);
    }

    #[test]
    fn files_are_named_without_their_path() {
        assert_eq!(readable("/models/Qwen3-8B.gguf"), "Qwen3-8B");
        assert_eq!(readable("C:\\m\\x.gguf"), "x");
        assert_eq!(readable("/m/.gguf"), "/m/.gguf");
        assert_eq!(readable("org/model"), "org/model");
    }
}
