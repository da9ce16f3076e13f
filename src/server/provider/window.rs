//! How many tokens a model holds, as servers say it in their lists of models.

use std::time::Duration;

use serde_json::Value;

use super::{
    http::{self, Http},
    openai::Server,
};

/// The most bytes of llama.cpp's own word about itself, a chat template included.
const MAX_PROPS: usize = 1 << 20;

/// Where it stands in an entry of a list, the truest place first: what the server gives a conversation comes before what
/// the model was made for.
const PLACES: [&str; 12] = [
    // llama.cpp, LM Studio
    "/meta/n_ctx",
    "/loaded_context_length",
    // vLLM, SGLang
    "/max_model_len",
    // OpenRouter: of the host that answers first, and of the model
    "/top_provider/context_length",
    "/context_length",
    // Groq
    "/context_window",
    // Mistral, LM Studio
    "/max_context_length",
    // DeepInfra
    "/metadata/context_length",
    "/max_input_tokens",
    "/n_ctx",
    "/model_spec/availableContextTokens",
    // llama.cpp: what the model was trained with
    "/meta/n_ctx_train",
];

/// The window that an entry of a list of models names.
pub(super) fn of_entry(entry: &Value) -> Option<u32> {
    PLACES.iter().find_map(|place| size(entry.pointer(place)?))
}

/// A number of tokens that can be one; some servers write 0 or -1 where they do not know.
fn size(value: &Value) -> Option<u32> {
    let number = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())?;
    // The cast ends at the end of the range by itself.
    (number >= 1.0).then_some(number as u32)
}

/// Whether an entry says what its server gives a conversation. Of llama.cpp's older lists only its `/props` does.
pub(super) fn is_exact(entry: &Value) -> bool {
    entry.pointer("/meta/n_ctx").and_then(size).is_some()
}

/// What a llama.cpp with one model gives a conversation, by its `/props`. None: it does not say.
pub(super) async fn of_llama(http: &Http, server: &Server, limit: Duration) -> Option<u32> {
    let mut response = http::send(http.get(&server.endpoint, "../props"), &server.endpoint, limit).await.ok()?;
    if !response.status().is_success() {
        return None;
    }
    let mut body = Vec::new();
    while let Some(packet) = response.chunk().await.ok()? {
        if body.len() + packet.len() > MAX_PROPS {
            return None;
        }
        body.extend_from_slice(&packet);
    }
    of_props(&serde_json::from_slice(&body).ok()?)
}

fn of_props(props: &Value) -> Option<u32> {
    ["/default_generation_settings/n_ctx", "/n_ctx"].iter().find_map(|place| size(props.pointer(place)?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_server_says_it_in_its_own_place() {
        let cases = [
            // llama.cpp, newer and older
            (
                json!({ "id": "q.gguf", "owned_by": "llamacpp", "meta": { "n_vocab": 151936, "n_ctx_train": 40960, "n_ctx": 8192 } }),
                Some(8192),
            ),
            (json!({ "id": "q.gguf", "meta": { "vocab_type": 2, "n_ctx_train": 40960 } }), Some(40960)),
            (json!({ "id": "Qwen/Qwen3-8B", "owned_by": "vllm", "max_model_len": 32768 }), Some(32768)),
            // OpenRouter
            (
                json!({ "id": "a/b", "context_length": 200000, "top_provider": { "context_length": 131072, "max_completion_tokens": 8192 } }),
                Some(131_072),
            ),
            (
                json!({ "id": "a/b", "context_length": 200000, "top_provider": { "context_length": null } }),
                Some(200_000),
            ),
            // LM Studio's own list, Groq, Mistral
            (json!({ "id": "l", "max_context_length": 131072, "loaded_context_length": 4096 }), Some(4096)),
            (json!({ "id": "g", "context_window": 131072, "max_completion_tokens": 1 }), Some(131_072)),
            (json!({ "id": "m", "max_context_length": 32768 }), Some(32768)),
            // OpenAI, Ollama
            (json!({ "id": "gpt-4o", "object": "model", "created": 1, "owned_by": "system" }), None),
            // Bent
            (json!({ "max_model_len": "16384" }), Some(16384)),
            (json!({ "max_model_len": 0, "context_length": -1, "context_window": "many" }), None),
            (json!({ "max_model_len": 1e30 }), Some(u32::MAX)),
            (json!({ "meta": null, "top_provider": 7, "context_length": { "x": 1 } }), None),
            (json!("bare"), None),
        ];
        for (entry, window) in cases {
            assert_eq!(of_entry(&entry), window, "{entry}");
        }
    }

    #[test]
    fn llama_says_it_in_its_props() {
        assert_eq!(
            of_props(&json!({ "default_generation_settings": { "n_ctx": 4096 }, "total_slots": 4 })),
            Some(4096)
        );
        assert_eq!(of_props(&json!({ "n_ctx": 512 })), Some(512));
        assert_eq!(of_props(&json!({ "default_generation_settings": { "n_ctx": 0 } })), None);
        assert_eq!(of_props(&json!([])), None);
    }
}
