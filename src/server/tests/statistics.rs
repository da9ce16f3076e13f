//! Statistics of answers and threads: right however an answer ended, and cheap however long the thread is.

use std::time::Duration;

use serde_json::json;

use super::{
    TestApp,
    client::{Person, words},
    on_both_engines,
};
use crate::{
    model::{Context, Error, Message, Snapshot, Started, Status, ThreadId, ThreadStatistics, Usage},
    server::provider::tests::peer::{HEAD, Peer, chunk, response},
};

impl Person {
    async fn statistics(&self, id: ThreadId) -> Result<ThreadStatistics, Error> {
        self.json("threads/statistics", json!({ "id": id })).await
    }

    /// The rows of a thread once nothing runs in it.
    async fn rows(&self, id: ThreadId) -> Vec<Message> {
        self.open(id).await.settled().await.messages.clone()
    }

    /// What its page says, without its markup.
    async fn said(&self, path: &str) -> String {
        words(&[self.get(path).await.text().await.unwrap()])
    }
}

fn sum(usage: Usage) -> u64 {
    u64::from(usage.prompt_tokens) + u64::from(usage.completion_tokens)
}

fn tokens(row: &Message) -> u64 {
    row.meta.usage.map_or(0, sum)
}

on_both_engines! {
    async fn totals_are_right_however_an_answer_ends(app: TestApp) {
        let ada = app.admin().await;
        let started = ada.start("echo one two three").await.unwrap();
        let thread = started.thread;
        let first = ada.rows(thread).await.pop().unwrap();
        let mut total = tokens(&first);
        let context = |row: &Message| row.meta.context();
        assert_eq!((first.status, first.meta.context_window), (Status::Completed, Some(8192)));
        let counted = ada.statistics(thread).await.unwrap();
        assert_eq!(
            counted,
            ThreadStatistics { messages: 2, tokens: total, models: vec![first.meta.model.clone().unwrap()], context: context(&first) }
        );
        assert_eq!(u64::from(counted.context.unwrap().used), total);

        // Stopped: what was written until then is estimated, and is in the sum. Before that it is in nothing.
        let stopped = ada.submit(thread, "hold statistics never said").await.unwrap();
        app.demo.reached("statistics", 1).await;
        let meanwhile = ada.statistics(thread).await.unwrap();
        assert_eq!((meanwhile.messages, meanwhile.tokens, meanwhile.context), (4, total, context(&first)));
        let shown = |view: &Snapshot| view.messages.iter().any(|row| row.id == stopped.answer && !row.content.text.is_empty());
        ada.open(thread).await.until(shown).await;
        ada.stop(stopped.run).await.unwrap();
        let second = ada.rows(thread).await.pop().unwrap();
        assert_eq!((second.status, second.meta.usage.unwrap().estimated), (Status::Cancelled, true));
        assert!(tokens(&second) > 0);
        total += tokens(&second);
        let counted = ada.statistics(thread).await.unwrap();
        assert_eq!((counted.messages, counted.tokens, counted.context), (4, total, context(&second)));
        assert!(counted.context.unwrap().estimated);

        // Refused before a word: nothing was read or written, and the newest count still tells.
        ada.submit(thread, "status 429").await.unwrap();
        let third = ada.rows(thread).await.pop().unwrap();
        assert_eq!((third.status, tokens(&third)), (Status::Failed, 0));
        let counted = ada.statistics(thread).await.unwrap();
        assert_eq!((counted.messages, counted.tokens, counted.context), (6, total, context(&second)));

        // Failed half-way, and tried again by another model: both count.
        let failed = ada.submit(thread, "disconnect").await.unwrap();
        let fourth = ada.rows(thread).await.pop().unwrap();
        assert_eq!(fourth.status, Status::Failed);
        total += tokens(&fourth);
        assert_eq!(ada.statistics(thread).await.unwrap().tokens, total);
        let other = first.meta.model.clone().unwrap().replace("demo", "other");
        let fields = [("id", &*failed.answer.to_string()), ("model", &other)];
        ada.form::<Started>("messages/regenerate", &fields).await.unwrap();
        let fifth = ada.rows(thread).await.pop().unwrap();
        assert_eq!((fifth.status, fifth.meta.model.as_deref()), (Status::Failed, Some(&*other)));
        total += tokens(&fifth);
        let counted = ada.statistics(thread).await.unwrap();
        assert_eq!((counted.messages, counted.tokens, counted.context), (9, total, context(&fifth)));
        assert_eq!(counted.models, [first.meta.model.unwrap(), other]);

        // Another thread has its own.
        let elsewhere = ada.start("echo elsewhere").await.unwrap();
        let row = ada.rows(elsewhere.thread).await.pop().unwrap();
        assert_eq!(ada.statistics(elsewhere.thread).await.unwrap().tokens, tokens(&row));
        assert_eq!(ada.statistics(thread).await.unwrap().tokens, total);
    }

    async fn an_answer_that_goes_on_is_counted_in_all_its_runs(app: TestApp) {
        const MOMENT: Duration = Duration::from_millis(40);
        let ada = app.admin().await;
        let begun = ada.start("step counted one two three four five").await.unwrap();
        app.demo.reached("counted", 1).await;
        app.demo.release("counted");
        let mut view = ada.open(begun.thread).await;
        view.until(|view| !view.messages[1].content.text.is_empty()).await;
        // It took as long as this, at least.
        tokio::time::sleep(MOMENT).await;
        ada.stop(begun.run).await.unwrap();
        let half = ada.rows(begun.thread).await.pop().unwrap().meta;
        let first_run = half.timings.unwrap().generation_ms;
        assert!(Duration::from_millis(first_run.into()) >= MOMENT);
        assert_eq!(half.context().unwrap().used, half.usage.unwrap().total());

        let on = ada.go_on(begun.answer).await.unwrap();
        for _ in 0..20 {
            app.demo.release("counted");
        }
        let row = ada.rows(begun.thread).await.pop().unwrap();
        assert_eq!((row.id, row.status), (on.answer, Status::Completed));
        let (whole, before) = (row.meta.usage.unwrap(), half.usage.unwrap());
        assert!(row.meta.timings.unwrap().generation_ms >= first_run);
        // What is in the window is what the last run read and wrote; what it cost is what all of them did.
        let used = row.meta.context().unwrap().used;
        assert_eq!(used, whole.total() - before.total());
        assert!(used < whole.total());
        let counted = ada.statistics(begun.thread).await.unwrap();
        assert_eq!((counted.tokens, counted.context.unwrap().used), (whole.total().into(), used));
    }

    async fn what_was_known_survives_a_crash(app: TestApp) {
        let ada = app.admin().await;
        let started = ada.start("hold crashed more").await.unwrap();
        app.demo.reached("crashed", 1).await;
        let mut view = ada.open(started.thread).await;
        view.until(|view| !view.messages[1].content.text.is_empty()).await;
        let restarted = app.restarted().await;
        let mut again = restarted.stranger();
        again.cookie.clone_from(&ada.cookie);
        let row = again.rows(started.thread).await.pop().unwrap();
        assert_eq!(row.status, Status::Failed);
        let counted = again.statistics(started.thread).await.unwrap();
        assert_eq!((counted.messages, counted.tokens, counted.context), (2, tokens(&row), row.meta.context()));
    }
}

/// llama.cpp, as far as it is asked here: its list names what the model was trained with, `/props` what it is given.
async fn llama(props: &'static str) -> Peer {
    Peer::choosing(move |request| match request.split(' ').nth(1).unwrap() {
        "/v1/models" => response(
            "200 OK",
            "",
            r#"{"object":"list","data":[{"id":"/m/q.gguf","owned_by":"llamacpp","meta":{"n_ctx_train":40960}}]}"#,
        ),
        "/props" => response("200 OK", "", props),
        _ => [
            HEAD,
            &chunk("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"}}]}\n\n"),
            &chunk("data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":3236,\"completion_tokens\":40,\"completion_tokens_details\":{\"reasoning_tokens\":7}},\"timings\":{\"cache_n\":3200,\"prompt_n\":36,\"prompt_ms\":200.4,\"prompt_per_second\":180.2,\"predicted_n\":40,\"predicted_ms\":800.0,\"predicted_per_second\":49.8}}\n\n"),
            &chunk("data: [DONE]\n\n"),
            "0\r\n\r\n",
        ]
        .concat(),
    })
    .await
}

on_both_engines! {
    async fn the_page_shows_what_llama_counted(app: TestApp) {
        let model = llama(r#"{"default_generation_settings":{"n_ctx":4096},"total_slots":1}"#).await;
        let app = app.before(model.address).await;
        let ada = app.admin().await;
        let started = ada.start("how are you").await.unwrap();
        let answer = ada.rows(started.thread).await.pop().unwrap();
        assert_eq!(answer.meta.context(), Some(Context { used: 3276, total: 4096, estimated: false }));
        assert_eq!(answer.meta.usage.unwrap().cached_tokens, Some(3200));
        let timings = answer.meta.timings.unwrap();
        assert_eq!((timings.prompt_n, timings.prompt_ms), (Some(36), Some(200)));
        assert_eq!((timings.predicted_n, timings.predicted_ms), (Some(40), Some(800)));
        let path = format!("/chat/thread/{}", started.thread);
        let said = ada.said(&path).await;
        for words in [
            "3,236 tokens (3,200 cached)",
            "40 tokens (7 thinking)",
            "180 tokens/s",
            "50 tokens/s",
            "3,276 of 4,096 (80%)",
        ] {
            assert!(said.contains(words), "{words} is not in {said}");
        }
        assert!(!said.contains("Tokens in all"), "the thread's are only read when they are asked for");
        let html = ada.get(&path).await.text().await.unwrap();
        assert!(html.contains("<meter") && html.contains("low=\"3072\"") && html.contains("value=\"3276\""), "{html}");
        // The same page with the thread's: for who has no scripts.
        let said = ada.said(&format!("{path}?statistics=")).await;
        assert!(said.contains("Tokens in all") && said.matches("3,276 of 4,096").count() == 2, "{said}");
    }

    async fn a_window_that_nobody_knows_is_not_made_up(app: TestApp) {
        let model = Peer::choosing(|request| match request.contains(" /v1/models ") {
            true => response("200 OK", "", r#"{"data":[{"id":"gpt","owned_by":"system"}]}"#),
            false => response("200 OK", "", r#"{"choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}]}"#),
        })
        .await;
        let app = app.before(model.address).await;
        let ada = app.admin().await;
        let started = ada.start("how are you").await.unwrap();
        let answer = ada.rows(started.thread).await.pop().unwrap();
        assert_eq!((answer.meta.context_window, answer.meta.context()), (None, None));
        assert!(!ada.get(&format!("/chat/thread/{}", started.thread)).await.text().await.unwrap().contains("<meter"));
        assert_eq!(ada.statistics(started.thread).await.unwrap().context, None);
        assert!(model.received().iter().all(|request| !request.contains(" /props ")), "only llama.cpp has it");
    }
}
