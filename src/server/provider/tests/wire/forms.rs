//! The forms, and what is read of each.

use crate::{
    model::{Failure, FailureKind, StopReason, Timings, Usage},
    server::provider::Chunk,
};

/// What a server sends, and what is to be read of it.
pub struct Case {
    pub name: &'static str,
    pub bytes: &'static str,
    pub chunks: Vec<Chunk>,
    pub failure: Option<Failure>,
}

pub fn said(words: &str) -> Chunk {
    Chunk::Text(words.into())
}

fn thought(words: &str) -> Chunk {
    Chunk::Reasoning(words.into())
}

fn used(prompt_tokens: u32, completion_tokens: u32) -> Chunk {
    Chunk::Usage(Usage { prompt_tokens, completion_tokens, ..Usage::default() })
}

/// With how many of the prompt were cached, and how many of the completion thought.
fn detailed(prompt_tokens: u32, completion_tokens: u32, cached: Option<u32>, reasoning: Option<u32>) -> Chunk {
    let (cached_tokens, reasoning_tokens) = (cached, reasoning);
    Chunk::Usage(Usage { prompt_tokens, completion_tokens, cached_tokens, reasoning_tokens, estimated: false })
}

fn model(name: &str) -> Chunk {
    Chunk::Model(name.into())
}

pub const STOP: Chunk = Chunk::Stop(StopReason::Stop);

fn good(name: &'static str, bytes: &'static str, chunks: Vec<Chunk>) -> Case {
    Case { name, bytes, chunks, failure: None }
}

fn bad(name: &'static str, bytes: &'static str, chunks: Vec<Chunk>, kind: FailureKind, detail: &str) -> Case {
    let detail = Some(detail.to_owned()).filter(|detail| !detail.is_empty());
    Case { name, bytes, chunks, failure: Some(Failure { detail, ..Failure::new(kind) }) }
}

pub fn cases() -> Vec<Case> {
    use FailureKind::{Disconnected, Empty, Limited, Malformed, Rejected, Server, Unauthorized};
    let mut cases = well_formed();
    cases.extend(bent());
    cases.extend(vec![
        bad(
            "an error object in the middle",
            "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\ndata: {\"error\":{\"message\":\"out of memory\",\"code\":500}}\n\n",
            vec![said("a")],
            Server,
            "out of memory",
        ),
        bad("an error that is a text", "data: {\"error\":\"overloaded\"}\n\n", vec![], Server, "overloaded"),
        bad(
            "an error event",
            "event: error\ndata: {\"message\":\"engine died\"}\n\ndata: [DONE]\n\n",
            vec![],
            Server,
            "engine died",
        ),
        bad("an error event of plain words", "event: error\ndata: it broke\n\n", vec![], Server, "it broke"),
        bad(
            "llama.cpp's error field",
            "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\nerror: {\"code\":400,\"message\":\"too large\",\"type\":\"invalid_request_error\"}\n\n",
            vec![said("a")],
            Rejected,
            "too large",
        ),
        bad(
            "a gateway's bare line",
            "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n{\"error\":{\"message\":\"slow down\",\"code\":429}}\n",
            vec![said("a")],
            Limited,
            "slow down",
        ),
        bad(
            "vLLM's error object",
            "data: {\"object\":\"error\",\"message\":\"no\",\"code\":401}\n\n",
            vec![],
            Unauthorized,
            "no",
        ),
        bad(
            "OpenRouter's error beside a choice",
            "data: {\"model\":\"m\",\"error\":{\"code\":502,\"message\":\"gone\"},\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":\"error\"}],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}\n\n",
            vec![model("m"), said("a"), used(1, 2)],
            Server,
            "gone",
        ),
        bad(
            "an end that is an error",
            "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"error\"}]}\n\n",
            vec![],
            Server,
            "",
        ),
        bad("an error and then the end mark", "{\"error\":{\"message\":\"x\"}}\n\ndata: [DONE]\n\n", vec![], Server, "x"),
        bad("a framework's words", "{\"detail\":\"Not authenticated\"}", vec![], Server, "Not authenticated"),
        bad(
            "a page of HTML under status 200",
            "<!doctype html><html><head><title>Sign in to WiFi</title></head><body><p>Hello</body></html>",
            vec![],
            Malformed,
            "Sign in to WiFi",
        ),
        bad("broken JSON", "data: {\"choices\":[\n\n", vec![], Malformed, "broken JSON"),
        bad("another protocol", "data: hello\n\ndata: world\n\n", vec![], Malformed, "not a stream of chat completions"),
        bad("a list", "[1,2]", vec![], Malformed, ""),
        bad("nothing", "", vec![], Empty, ""),
        bad("only comments", ": ping\n\n: ping\n\n", vec![], Empty, ""),
        bad("only the end mark", "data: [DONE]\n\n", vec![], Empty, ""),
        bad(
            "an end without a word",
            "data: {\"choices\":[{\"delta\":{\"content\":\"\"},\"finish_reason\":\"stop\"}]}\n\n",
            vec![STOP],
            Empty,
            "",
        ),
    ]);
    assert!(cases.iter().all(|case| case.failure.as_ref().is_none_or(|failure| failure.kind != Disconnected)));
    cases
}

fn well_formed() -> Vec<Case> {
    vec![
        good(
            "OpenAI",
            concat!(
                "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"gpt-4o-2024-08-06\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\",\"refusal\":null},\"logprobs\":null,\"finish_reason\":null}],\"usage\":null}\n\n",
                "data: {\"model\":\"gpt-4o-2024-08-06\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Héllo\"},\"finish_reason\":null}],\"usage\":null}\n\n",
                "data: {\"model\":\"gpt-4o-2024-08-06\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\" 🦀\"},\"finish_reason\":null}],\"usage\":null}\n\n",
                "data: {\"model\":\"gpt-4o-2024-08-06\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}],\"usage\":null}\n\n",
                "data: {\"model\":\"gpt-4o-2024-08-06\",\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":3,\"total_tokens\":12}}\n\n",
                "data: [DONE]\n\n",
            ),
            vec![model("gpt-4o-2024-08-06"), said("Héllo"), said(" 🦀"), STOP, used(9, 3)],
        ),
        good(
            "DeepSeek, with thoughts",
            concat!(
                ": keep-alive\n\n",
                "data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":null,\"reasoning_content\":\"Let me\"}}]}\n\n",
                ": keep-alive\n\n",
                "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":null,\"reasoning_content\":\" see\"}}]}\n\n",
                "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"4\",\"reasoning_content\":null},\"finish_reason\":null}]}\n\n",
                "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":4}}\n\n",
                "data: [DONE]\n\n",
            ),
            vec![thought("Let me"), thought(" see"), said("4"), STOP, used(5, 4)],
        ),
        good(
            "OpenRouter, reasoning under both names",
            concat!(
                ": OPENROUTER PROCESSING\n\n",
                "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\",\"reasoning\":\"Hm\",\"reasoning_content\":\"Hm\"}}]}\n\n",
                "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\",\"reasoning\":\".\",\"reasoning_details\":[{}]}}]}\n\n",
                "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"ok\",\"reasoning\":null},\"finish_reason\":\"length\"}]}\n\n",
                "data: [DONE]\n\n",
            ),
            vec![thought("Hm"), thought("."), said("ok"), Chunk::Stop(StopReason::Length)],
        ),
        good(
            "llama.cpp, with progress and timings",
            concat!(
                "data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":null}}],\"model\":\"/m/q.gguf\",\"prompt_progress\":{\"total\":40,\"cache\":10,\"processed\":20,\"time_ms\":7}}\n\n",
                "data: {\"choices\":[],\"prompt_progress\":{\"total\":40,\"cache\":10,\"processed\":20,\"time_ms\":9}}\n\n",
                "data: {\"choices\":[],\"prompt_progress\":{\"total\":40,\"cache\":10,\"processed\":40,\"time_ms\":12}}\n\n",
                "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"},\"finish_reason\":null}]}\n\n",
                "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}],\"timings\":{\"cache_n\":10,\"prompt_n\":30,\"prompt_ms\":12.0,\"predicted_n\":2,\"predicted_ms\":40.0,\"predicted_per_second\":50.5}}\n\n",
                "data: [DONE]\n\n",
            ),
            vec![
                model("/m/q.gguf"),
                Chunk::Progress { processed: 20, total: 40 },
                Chunk::Progress { processed: 40, total: 40 },
                said("Hi"),
                Chunk::Timings(Timings {
                    tokens_per_second: Some(50.5),
                    prompt_n: Some(30),
                    prompt_ms: Some(12),
                    predicted_n: Some(2),
                    predicted_ms: Some(40),
                    ..Timings::default()
                }),
                STOP,
                detailed(40, 2, Some(10), None),
            ],
        ),
        good(
            "llama.cpp, the count and all timings; where it measured nothing it writes zero or null",
            concat!(
                "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"}}],\"timings\":{\"prompt_n\":1,\"prompt_ms\":0.4,\"prompt_per_token_ms\":0.4,\"prompt_per_second\":2500.0,\"predicted_n\":0,\"predicted_ms\":0.0,\"predicted_per_second\":null}}\n\n",
                "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n",
                "data: {\"choices\":[],\"usage\":{\"completion_tokens\":3,\"prompt_tokens\":1236,\"total_tokens\":1239},\"timings\":{\"cache_n\":1200,\"prompt_n\":36,\"prompt_ms\":212.918,\"prompt_per_token_ms\":5.9,\"prompt_per_second\":169.08,\"predicted_n\":3,\"predicted_ms\":61.2,\"predicted_per_token_ms\":20.4,\"predicted_per_second\":49.02}}\n\n",
                "data: [DONE]\n\n",
            ),
            vec![
                said("Hi"),
                Chunk::Timings(Timings {
                    prompt_per_second: Some(2500.0),
                    prompt_n: Some(1),
                    prompt_ms: Some(0),
                    predicted_n: Some(0),
                    predicted_ms: Some(0),
                    ..Timings::default()
                }),
                STOP,
                Chunk::Timings(Timings {
                    tokens_per_second: Some(49.02),
                    prompt_per_second: Some(169.08),
                    prompt_n: Some(36),
                    prompt_ms: Some(212),
                    predicted_n: Some(3),
                    predicted_ms: Some(61),
                    ..Timings::default()
                }),
                detailed(1236, 3, Some(1200), None),
            ],
        ),
        good(
            "OpenAI's and OpenRouter's details of a count",
            concat!(
                "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n",
                "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":2006,\"completion_tokens\":300,\"total_tokens\":2306,\"cost\":0.01,\"prompt_tokens_details\":{\"cached_tokens\":1920,\"audio_tokens\":0},\"completion_tokens_details\":{\"reasoning_tokens\":256,\"accepted_prediction_tokens\":0}}}\n\n",
            ),
            vec![said("a"), detailed(2006, 300, Some(1920), Some(256))],
        ),
        good(
            "vLLM, details that are null; more cached than there was is not believed",
            concat!(
                "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":1,\"prompt_tokens_details\":null}}\n\n",
                "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":2,\"prompt_tokens_details\":{\"cached_tokens\":99},\"completion_tokens_details\":[]}}\n\n",
            ),
            vec![said("a"), detailed(9, 2, Some(9), None)],
        ),
        good(
            "DeepSeek's own names for what was cached",
            "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}],\"usage\":{\"prompt_tokens\":70,\"completion_tokens\":1,\"prompt_cache_hit_tokens\":64,\"prompt_cache_miss_tokens\":6}}\n\n",
            vec![said("a"), detailed(70, 1, Some(64), None)],
        ),
        good(
            "a count holds before timings, and the last count before others",
            concat!(
                "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1},\"timings\":{\"prompt_n\":9,\"predicted_n\":9}}\n\n",
                "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}\n\n",
            ),
            vec![
                said("a"),
                Chunk::Timings(Timings { prompt_n: Some(9), predicted_n: Some(9), ..Timings::default() }),
                used(1, 2),
            ],
        ),
        good(
            "Groq's own place for the count",
            "data: {\"x_groq\":{\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":1}},\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n",
            vec![said("a"), STOP, used(3, 1)],
        ),
        good(
            "Mistral, content in parts",
            "data: {\"choices\":[{\"delta\":{\"content\":[{\"type\":\"thinking\",\"thinking\":[{\"type\":\"text\",\"text\":\"hm\"}]},{\"type\":\"text\",\"text\":\"a\"}]}}]}\n\n",
            vec![thought("hm"), said("a")],
        ),
        good(
            "a refusal, as text",
            "data: {\"choices\":[{\"delta\":{\"refusal\":\"I cannot.\"},\"finish_reason\":\"content_filter\"}]}\n\n",
            vec![said("I cannot."), Chunk::Stop(StopReason::ContentFilter)],
        ),
        good(
            "Azure, filter results first",
            "data: {\"choices\":[],\"model\":\"\",\"prompt_filter_results\":[{}]}\n\ndata: {\"model\":\"gpt\",\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n",
            vec![model("gpt"), said("a")],
        ),
        good(
            "tools are asked for, without a word",
            "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"name\":\"f\"}}]},\"finish_reason\":\"tool_calls\"}]}\n\ndata: [DONE]\n\n",
            vec![Chunk::Stop(StopReason::ToolCalls)],
        ),
        good(
            "a whole answer although a stream was asked for",
            "{\n  \"object\": \"chat.completion\", \"model\": \"m\",\n  \"choices\": [{\"index\": 0, \"message\": {\"role\": \"assistant\", \"content\": \"Hi\", \"reasoning_content\": \"hm\"}, \"finish_reason\": \"stop\"}],\n  \"usage\": {\"prompt_tokens\": 1, \"completion_tokens\": 1}, \"error\": null\n}\n",
            vec![model("m"), thought("hm"), said("Hi"), STOP, used(1, 1)],
        ),
        good(
            "a whole answer as one event",
            "data: {\"object\":\"chat.completion\",\"choices\":[{\"message\":{\"content\":\"Hi\"},\"finish_reason\":\"eos\"}]}\n\n",
            vec![said("Hi"), STOP],
        ),
        good(
            "the whole message repeated at the end",
            "data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\ndata: {\"choices\":[{\"message\":{\"content\":\"Hi\"},\"finish_reason\":\"stop\"}]}\n\n",
            vec![said("Hi"), STOP],
        ),
        good(
            "a plain completion's text",
            "data: {\"choices\":[{\"index\":0,\"text\":\"Hi\",\"finish_reason\":null}]}\n\n",
            vec![said("Hi")],
        ),
    ]
}

fn bent() -> Vec<Case> {
    vec![
        good(
            "CRLF, no space, no end mark, no last blank line",
            "data:{\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\r\n\r\ndata:{\"choices\":[{\"delta\":{\"content\":\"é\"},\"finish_reason\":\"end_turn\"}]}",
            vec![said("a"), said("é"), STOP],
        ),
        good("CR alone", "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\r\rdata: [DONE]\r\r", vec![said("a")]),
        good(
            "a byte order mark, and data in lines",
            "\u{feff}data: {\"choices\":\ndata: [{\"delta\":{\"content\":\"a\"}}]}\n\ndata: [DONE]\n\n",
            vec![said("a")],
        ),
        good(
            "blank lines, ids, pings and events of other kinds",
            "\n\n: hi\nid: 7\nevent: ping\ndata: {\"type\":\"ping\"}\n\ndata: ping\n\ndata:\n\nevent: message\ndata: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n",
            vec![said("a")],
        ),
        good(
            "nothing counts after the end mark",
            "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\ndata: [DONE]\n\ndata: {\"error\":\"late\"}\n\n",
            vec![said("a")],
        ),
        good(
            "only the first of several answers",
            "data: {\"choices\":[{\"index\":1,\"delta\":{\"content\":\"b\"}},{\"index\":0,\"delta\":{\"content\":\"a\"}}]}\n\n",
            vec![said("a")],
        ),
        good(
            "fields of unexpected types",
            "data: {\"choices\":[{\"index\":null,\"delta\":{\"content\":\"a\",\"reasoning\":{},\"role\":7},\"finish_reason\":3}],\"usage\":[],\"model\":9,\"timings\":\"x\",\"prompt_progress\":1,\"error\":{}}\n\n",
            vec![said("a")],
        ),
        good(
            "counts out of range",
            "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}],\"usage\":{\"prompt_tokens\":99999999999,\"completion_tokens\":-4},\"timings\":{\"predicted_per_second\":-1.0}}\n\n",
            vec![said("a"), used(u32::MAX, 0)],
        ),
    ]
}
