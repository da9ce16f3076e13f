//! Servers that usually run on one's own machine.

use super::Endpoint;

/// A place on this machine where a model server usually listens.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Probe {
    pub label: String,
    pub port: u16,
}

impl Probe {
    pub fn new(label: &str, port: u16) -> Self {
        Self { label: label.to_owned(), port }
    }

    pub(super) fn endpoint(&self) -> Option<Endpoint> {
        Endpoint::new(&self.label, &format!("http://127.0.0.1:{}/v1", self.port), None).ok()
    }
}

/// Ollama, llama.cpp, LM Studio and vLLM where they listen when nobody said otherwise.
pub fn usual_probes() -> Vec<Probe> {
    [("Ollama", 11434), ("llama.cpp", 8080), ("LM Studio", 1234), ("vLLM", 8000)]
        .map(|(label, port)| Probe::new(label, port))
        .into()
}
