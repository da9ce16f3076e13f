//! From the names self-hosters know to endpoints.

use super::{Endpoint, Secret, endpoint::BadEndpoint};

/// The values of the variables that name providers, as they were found. Each may be a list separated by `;`; an empty
/// one counts as not set.
#[derive(Clone, Default)]
pub struct EndpointSources {
    /// `OPENAI_API_BASE_URLS`; the first of the three that is set holds.
    pub openai_api_base_urls: Option<String>,
    /// `OPENAI_API_BASE_URL`.
    pub openai_api_base_url: Option<String>,
    /// `OPENAI_BASE_URL`.
    pub openai_base_url: Option<String>,
    /// `OPENAI_API_KEYS`; by place: the first key goes to the first address and to no other.
    pub openai_api_keys: Option<String>,
    /// `OPENAI_API_KEY`.
    pub openai_api_key: Option<String>,
    /// `OLLAMA_BASE_URL`, without `/v1`.
    pub ollama_base_url: Option<String>,
}

/// A variable whose value cannot be used, by name. Never repeats the value.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadProvider {
    #[error("{variable}: address {place} is not an http:// or https:// address")]
    Address { variable: &'static str, place: usize },
    #[error("{variable}: key {place} has a character that cannot be sent")]
    Key { variable: &'static str, place: usize },
    #[error(
        "{variable} holds {keys} keys, but there is an address for only {addresses}; they belong together by place"
    )]
    TooManyKeys { variable: &'static str, keys: usize, addresses: usize },
}

/// Where a key is for when it comes without an address.
const OPENAI: &str = "https://api.openai.com/v1";

/// The endpoints these variables name, Ollama last. An empty place in a list of addresses is skipped together with its
/// key; a missing key is no key.
///
/// # Errors
///
/// The first variable that cannot be used.
pub fn endpoints(sources: &EndpointSources) -> Result<Vec<Endpoint>, BadProvider> {
    let (addresses_in, mut addresses) = first([
        ("OPENAI_API_BASE_URLS", &sources.openai_api_base_urls),
        ("OPENAI_API_BASE_URL", &sources.openai_api_base_url),
        ("OPENAI_BASE_URL", &sources.openai_base_url),
    ]);
    let (keys_in, keys) =
        first([("OPENAI_API_KEYS", &sources.openai_api_keys), ("OPENAI_API_KEY", &sources.openai_api_key)]);
    if addresses.is_empty() && !keys.is_empty() {
        addresses.push(OPENAI.into());
    }
    if keys.len() > addresses.len() {
        return Err(BadProvider::TooManyKeys { variable: keys_in, keys: keys.len(), addresses: addresses.len() });
    }
    let mut found = Vec::new();
    for (index, address) in addresses.iter().enumerate().filter(|(_, address)| !address.is_empty()) {
        let endpoint = Endpoint::new("", address, keys.get(index).map(|key| Secret::new(key)));
        found.push(endpoint.map_err(|bad| bad.in_variables(addresses_in, keys_in, index + 1))?);
    }
    let (ollama_in, ollama) = first([("OLLAMA_BASE_URL", &sources.ollama_base_url)]);
    for (index, address) in ollama.iter().enumerate().filter(|(_, address)| !address.is_empty()) {
        let endpoint = Endpoint::new("Ollama", &ollama_address(address), None);
        found.push(endpoint.map_err(|bad| bad.in_variables(ollama_in, "", index + 1))?);
    }
    label(&mut found);
    Ok(found)
}

/// The first variable that is set, and its list.
fn first<const N: usize>(variables: [(&'static str, &Option<String>); N]) -> (&'static str, Vec<String>) {
    let set = variables.into_iter().find_map(|(name, value)| {
        let list = value.as_deref()?.trim().trim_end_matches(';');
        (!list.is_empty()).then(|| (name, list.split(';').map(|item| item.trim().to_owned()).collect()))
    });
    set.unwrap_or((variables[0].0, Vec::new()))
}

/// Ollama's own variable may be without a scheme, and is without the `/v1` its OpenAI side is under.
fn ollama_address(address: &str) -> String {
    let (scheme, rest) = address.split_once("://").unwrap_or(("http", address));
    let place = rest.trim_end_matches('/').trim_end_matches("/v1");
    match place {
        "" => String::new(),
        place => format!("{scheme}://{place}/v1"),
    }
}

/// Gives each its name: the host, with its port where it is not the usual one; where that is taken, a number after it
/// in the order of the configuration, so that it is the same at every start.
pub(super) fn label(endpoints: &mut [Endpoint]) {
    for index in 0..endpoints.len() {
        let (before, rest) = endpoints.split_at_mut(index);
        let Some(endpoint) = rest.first_mut() else { break };
        if endpoint.label().is_empty() {
            endpoint.relabel(by_host(endpoint));
        }
        let wanted = endpoint.label().to_owned();
        let mut number = 2;
        while before.iter().any(|other| other.slug() == endpoint.slug()) {
            endpoint.relabel(format!("{wanted} {number}"));
            number += 1;
        }
    }
}

fn by_host(endpoint: &Endpoint) -> String {
    match (endpoint.base().host_str().unwrap_or_default(), endpoint.base().port()) {
        ("api.openai.com", None) => "OpenAI".into(),
        ("openrouter.ai", None) => "OpenRouter".into(),
        (host, None) => host.into(),
        (host, Some(port)) => format!("{host}:{port}"),
    }
}

impl BadEndpoint {
    fn in_variables(self, addresses: &'static str, keys: &'static str, place: usize) -> BadProvider {
        match self {
            Self::Address => BadProvider::Address { variable: addresses, place },
            Self::Key => BadProvider::Key { variable: keys, place },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Vec<(String, String)>, String> {
        let mut sources = EndpointSources::default();
        for (name, value) in variables {
            let place = match *name {
                "OPENAI_API_BASE_URLS" => &mut sources.openai_api_base_urls,
                "OPENAI_API_BASE_URL" => &mut sources.openai_api_base_url,
                "OPENAI_BASE_URL" => &mut sources.openai_base_url,
                "OPENAI_API_KEYS" => &mut sources.openai_api_keys,
                "OPENAI_API_KEY" => &mut sources.openai_api_key,
                _ => &mut sources.ollama_base_url,
            };
            *place = Some((*value).to_owned());
        }
        let show = |endpoint: &Endpoint| (endpoint.label().to_owned(), endpoint.route("models").to_string());
        endpoints(&sources).map(|found| found.iter().map(show).collect()).map_err(|error| error.to_string())
    }

    fn named(label: &str, url: &str) -> (String, String) {
        (label.to_owned(), url.to_owned())
    }

    #[test]
    fn variables_become_endpoints() {
        assert_eq!(read(&[]), Ok(vec![]));
        assert_eq!(read(&[("OPENAI_API_KEY", " "), ("OPENAI_BASE_URL", ";")]), Ok(vec![]));
        let openai = named("OpenAI", "https://api.openai.com/v1/models");
        assert_eq!(read(&[("OPENAI_API_KEY", "sk")]), Ok(vec![openai.clone()]));
        let local = named("h:8000", "http://h:8000/v1/models");
        assert_eq!(read(&[("OPENAI_BASE_URL", "http://h:8000/v1/")]), Ok(vec![local.clone()]));
        assert_eq!(
            read(&[
                ("OPENAI_API_BASE_URLS", "http://h:8000/v1;;https://api.openai.com/v1;"),
                ("OPENAI_API_KEYS", ";;sk")
            ]),
            Ok(vec![local.clone(), openai])
        );
        assert_eq!(
            read(&[("OPENAI_API_BASE_URL", "http://h:8000/v1"), ("OPENAI_BASE_URL", "http://x")]),
            Ok(vec![local])
        );
        for address in ["http://h:11434", "http://h:11434/", "h:11434/v1", "http://h:11434/v1/"] {
            let ollama = named("Ollama", "http://h:11434/v1/models");
            assert_eq!(read(&[("OLLAMA_BASE_URL", address)]), Ok(vec![ollama]), "{address}");
        }
    }

    #[test]
    fn labels_are_unique_in_the_order_of_the_configuration() {
        let found = read(&[("OPENAI_API_BASE_URLS", "http://h/a;http://h/b;http://h/c")]).unwrap();
        assert_eq!(found.iter().map(|(label, _)| label.as_str()).collect::<Vec<_>>(), ["h", "h 2", "h 3"]);
    }

    #[test]
    fn what_cannot_be_used_is_named_and_not_repeated() {
        let bad = [
            (
                vec![("OPENAI_BASE_URL", "http://h;secret:1")],
                "OPENAI_BASE_URL: address 2 is not an http:// or https:// address",
            ),
            (vec![("OLLAMA_BASE_URL", "http://")], "OLLAMA_BASE_URL: address 1 is not an http:// or https:// address"),
            (
                vec![("OPENAI_API_KEYS", "a;b")],
                "OPENAI_API_KEYS holds 2 keys, but there is an address for only 1; they belong together by place",
            ),
            (vec![("OPENAI_API_KEY", "a\nb")], "OPENAI_API_KEY: key 1 has a character that cannot be sent"),
        ];
        for (variables, message) in bad {
            assert_eq!(read(&variables), Err(message.to_owned()));
        }
    }
}
