//! What a configuration says about providers.

use std::time::Duration;

use super::{Demo, Endpoint, Probe, usual_probes};

/// What a configuration says about providers. Plain data.
#[derive(Clone, Debug)]
pub struct ProviderSettings {
    /// In order of preference. Two of the same label are told apart by a number.
    pub endpoints: Vec<Endpoint>,
    /// Where to look on this machine when `endpoints` is empty; empty to look nowhere.
    pub probes: Vec<Probe>,
    /// A port that is never looked at: our own.
    pub own_port: Option<u16>,
    /// The longest silence of a provider before it counts as dead: until the answer begins, and between two packets of
    /// it. A keep-alive of the provider is a packet too.
    pub idle_limit: Duration,
    /// The longest a connection may take to be made.
    pub connect_limit: Duration,
    /// The longest a server may take to list its models.
    pub list_limit: Duration,
    /// The longest a server on this machine may take to be found.
    pub probe_limit: Duration,
    /// How old a list of models may be before a look at it also starts a new one behind it.
    pub fresh_for: Duration,
    /// The built-in scripted model, if it is offered.
    pub demo: Option<Demo>,
    /// The id or the name of the model a new thread uses.
    pub default_model: Option<String>,
}

impl Default for ProviderSettings {
    fn default() -> Self {
        Self {
            endpoints: Vec::new(),
            probes: usual_probes(),
            own_port: None,
            idle_limit: Duration::from_secs(300),
            connect_limit: Duration::from_secs(10),
            list_limit: Duration::from_secs(3),
            probe_limit: Duration::from_millis(800),
            fresh_for: Duration::from_secs(300),
            demo: Some(Demo::default()),
            default_model: None,
        }
    }
}
