//! One OpenAI-compatible server: where it is and what opens it.

use std::fmt;

use reqwest::{
    Url,
    header::{AUTHORIZATION, HeaderValue},
};

use super::{Secret, plain};
use crate::model::Failure;

/// One OpenAI-compatible server.
#[derive(Clone, PartialEq)]
pub struct Endpoint {
    label: String,
    base: Url,
    authorization: Option<HeaderValue>,
    /// Whatever may not appear in a text: the key, and what in the address is one.
    secrets: Vec<Secret>,
}

/// Why an endpoint cannot be used. Never repeats what it was given, which may hold a password.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadEndpoint {
    #[error("is not an http:// or https:// address")]
    Address,
    #[error("has a character that cannot be sent")]
    Key,
}

impl Endpoint {
    /// `label` is what people read and what the ids of its models begin with; `base_url` is the address up to the
    /// version (`http://127.0.0.1:11434/v1`), with or without a slash at the end. A query in it is sent along with
    /// every request, and so are a user name and a password where there is no key.
    ///
    /// # Errors
    ///
    /// The address is not one, or the key cannot be put in a header.
    pub fn new(label: &str, base_url: &str, key: Option<Secret>) -> Result<Self, BadEndpoint> {
        let mut base = Url::parse(base_url.trim()).map_err(|_| BadEndpoint::Address)?;
        if !matches!(base.scheme(), "http" | "https") || base.host_str().is_none_or(str::is_empty) {
            return Err(BadEndpoint::Address);
        }
        base.set_fragment(None);
        let key = key.filter(|key| !key.expose().is_empty());
        let authorization = match &key {
            None => None,
            Some(key) => {
                let mut value =
                    HeaderValue::try_from(format!("Bearer {}", key.expose())).map_err(|_| BadEndpoint::Key)?;
                value.set_sensitive(true);
                Some(value)
            }
        };
        let is_secret = |name: &str| ["key", "token", "sig"].iter().any(|word| name.to_lowercase().contains(word));
        let query = base.query_pairs().filter(|(name, _)| is_secret(name)).map(|(_, value)| Secret::new(&value));
        let secrets = query.chain(base.password().map(Secret::new)).chain(key.clone()).collect();
        if key.is_some() {
            // A request has room for one of the two.
            base.set_username("").and(base.set_password(None)).map_err(|()| BadEndpoint::Address)?;
        }
        Ok(Self { label: label.to_owned(), base, authorization, secrets })
    }

    /// What people read, and what the ids of its models begin with. Unique among the endpoints of one configuration.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// The label as the ids of models begin with it: `LM Studio` is `lm-studio`.
    pub(super) fn slug(&self) -> String {
        self.label.to_lowercase().split_whitespace().collect::<Vec<_>>().join("-")
    }

    pub(super) fn relabel(&mut self, label: String) {
        self.label = label;
    }

    /// Scheme, host and port: all that may be shown of an address.
    pub fn origin(&self) -> String {
        self.base.origin().ascii_serialization()
    }

    pub(super) fn base(&self) -> &Url {
        &self.base
    }

    /// The address of a route such as `chat/completions`.
    pub(super) fn route(&self, route: &str) -> Url {
        let mut url = self.base.clone();
        url.set_path(&format!("{}/{route}", self.base.path().trim_end_matches('/')));
        url
    }

    /// It is on this machine, so no proxy is asked.
    pub(super) fn is_local(&self) -> bool {
        match self.base.host_str().unwrap_or_default().trim_matches(['[', ']']) {
            "localhost" => true,
            host => host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback()),
        }
    }

    pub(super) fn authorize(&self, request: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
        match &self.authorization {
            Some(value) => request.header(AUTHORIZATION, value.clone()),
            None => request,
        }
    }

    /// What may be shown of a text the server wrote: one short line with nothing secret in it. None: nothing is left.
    pub(super) fn shown(&self, text: &str) -> Option<String> {
        // The key is looked for after what could hide it is gone, and before a cut could leave half of it.
        let line = plain::clean(text)?;
        Some(plain::cut(self.secrets.iter().fold(line, |line, secret| secret.scrub(line))))
    }

    pub(super) fn show(&self, failure: Failure) -> Failure {
        Failure { detail: failure.detail.and_then(|detail| self.shown(&detail)), ..failure }
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = self.authorization.as_ref().map(|_| "…");
        f.debug_struct("Endpoint")
            .field("label", &self.label)
            .field("origin", &self.origin())
            .field("key", &key)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_keep_path_and_query_whatever_the_slashes() {
        for base in ["http://h:1/v1", "http://h:1/v1/", " http://h:1/v1// "] {
            let endpoint = Endpoint::new("h", base, None).unwrap();
            assert_eq!(endpoint.route("models").as_str(), "http://h:1/v1/models", "{base}");
        }
        let azure = Endpoint::new("a", "https://a.example/openai/gpt?api-version=1#x", None).unwrap();
        assert_eq!(azure.route("models").as_str(), "https://a.example/openai/gpt/models?api-version=1");
        assert_eq!(Endpoint::new("h", "http://h", None).unwrap().route("models").as_str(), "http://h/models");
    }

    #[test]
    fn debug_and_origin_show_no_credentials() {
        let endpoint =
            Endpoint::new("x", "https://me:passw0rd@h/v1?api_key=hidden-too", Some(Secret::new("sk-hidden\n")))
                .unwrap();
        let shown = format!("{endpoint:?} {} {:?}", endpoint.origin(), Secret::new("sk-hidden"));
        assert!(!shown.contains("hidden") && !shown.contains("passw0rd"), "{shown}");
        let said = "sk-\u{200b}hidden,\npassw0rd! hidden-too";
        assert_eq!(endpoint.shown(said).as_deref(), Some("…, …! …"));
        let cut = endpoint.shown(&format!("{} sk-hidden", "x".repeat(492)));
        assert!(cut.is_some_and(|cut| cut.ends_with("x …")));
    }

    #[test]
    fn what_is_no_address_or_no_key_is_refused() {
        for base in ["", "localhost:11434", "ftp://h/v1", "http://", "/v1"] {
            assert_eq!(Endpoint::new("x", base, None), Err(BadEndpoint::Address), "{base}");
        }
        assert_eq!(Endpoint::new("x", "http://h", Some(Secret::new("a\nb"))), Err(BadEndpoint::Key));
        assert_eq!(Endpoint::new("x", "http://h", Some(Secret::new(" "))), Endpoint::new("x", "http://h", None));
    }

    #[test]
    fn this_machine_is_known() {
        for (base, local) in
            [("http://[::1]:1", true), ("http://127.8.0.1", true), ("http://localhost", true), ("http://h", false)]
        {
            assert_eq!(Endpoint::new("x", base, None).unwrap().is_local(), local, "{base}");
        }
    }
}
