//! What people choose: kept, heard of in every tab, told to models, and decided by the operator where the operator wants.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{PASSWORD, TestApp, client::Person, on_both_engines};
use crate::model::{Error, Language, Notice, Position, SettingsPage, Theme, Thoughts, Visitor};

async fn visitor(person: &Person) -> Visitor {
    person.json("accounts/visitor", json!({})).await.unwrap()
}

/// The body of the last question that the provider was asked.
fn asked(app: &TestApp) -> Value {
    let requests = app.demo.requests();
    let last = requests.iter().rfind(|request| request.route.starts_with("POST")).unwrap();
    serde_json::from_str(&last.body).unwrap()
}

fn value_of<'a>(page: &'a SettingsPage, name: &str) -> &'a str {
    &page.setting(name).unwrap().value
}

fn fixed(page: &SettingsPage) -> Vec<&str> {
    page.settings.iter().filter(|setting| setting.fixed).map(|setting| setting.name.as_str()).collect()
}

async fn say(person: &Person, text: &str) {
    let started = person.start(text).await.unwrap();
    person.open(started.thread).await.settled().await;
}

async fn tab(person: &Person) -> super::client::Events {
    let user = person.sidebar(0).await.unwrap().seq;
    person.events(None, Position { user, thread: None }, None).await.unwrap()
}

on_both_engines! {
    async fn what_is_chosen_is_kept_and_heard_of_in_every_tab(app: TestApp) {
        let ada = app.admin().await;
        let first = visitor(&ada).await.preferences;
        assert!(first.send_on_enter && first.auto_scroll && first.theme == Theme::System && first.language.is_none());
        let mut other = tab(&ada).await;
        let told = ada.set(&[("theme", "dark"), ("send_on_enter", "off"), ("reasoning", "open"), ("name", " Ada  L. ")]);
        let told = told.await.unwrap();
        let Notice::Person { visitor: heard } = other.notice(|notice| matches!(notice, Notice::Person { .. })).await else {
            unreachable!()
        };
        assert_eq!(heard, told);
        assert_eq!((told.preferences.theme, told.preferences.reasoning), (Theme::Dark, Thoughts::Open));
        assert!(!told.preferences.send_on_enter && told.preferences.auto_scroll);
        assert_eq!(told.account.unwrap().name, "Ada L.");
        // One more does not undo the others, and all of it outlives the process.
        ada.set(&[("temperature", "0,5")]).await.unwrap();
        let app = app.restarted().await;
        let mut again = app.stranger();
        again.sign_in("ada@example.org", PASSWORD).await.unwrap();
        let page = again.settings().await.unwrap();
        for (name, value) in [("theme", "dark"), ("send_on_enter", "off"), ("temperature", "0.5"), ("name", "Ada L.")] {
            assert_eq!(value_of(&page, name), value, "{name}");
        }
        assert_eq!((value_of(&page, "top_p"), fixed(&page).len()), ("", 0));
        again.set(&[("theme", ""), ("temperature", "")]).await.unwrap();
        let page = again.settings().await.unwrap();
        assert_eq!((value_of(&page, "theme"), value_of(&page, "temperature")), ("", ""));
    }

    async fn what_cannot_be_is_refused_whole(app: TestApp) {
        let ada = app.admin().await;
        for (written, field, code) in [
            (vec![("theme", "dark"), ("temperature", "hot")], "temperature", "number_unreadable"),
            (vec![("theme", "dark"), ("seed", "-2")], "seed", "number_out_of_range"),
            (vec![("theme", "dark"), ("colour", "red")], "name", "setting_unknown"),
            (vec![("theme", "dark"), ("name", " ")], "name", "name_empty"),
            (vec![("theme", "dark"), ("model", "no/such")], "model", "model_unknown"),
        ] {
            assert_eq!(ada.set(&written).await.unwrap_err(), Error::invalid(field, code));
        }
        assert_eq!(value_of(&ada.settings().await.unwrap(), "theme"), "");
        let nobody = app.stranger();
        assert_eq!(nobody.set(&[("theme", "dark")]).await.unwrap_err(), Error::Unauthorized);
        assert_eq!(nobody.settings().await.unwrap_err(), Error::Unauthorized);
        let change = [("current", PASSWORD), ("new", "another horse")];
        assert_eq!(nobody.form::<()>("accounts/change_password", &change).await.unwrap_err(), Error::Unauthorized);
        assert_eq!(nobody.form::<()>("accounts/end_sessions", &[]).await.unwrap_err(), Error::Unauthorized);
    }

    async fn a_model_is_told_what_was_chosen_and_nothing_else(app: TestApp) {
        let ada = app.admin().await;
        say(&ada, "echo one").await;
        let body = asked(&app);
        let names: Vec<_> = body.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(names, ["messages", "model", "stream", "stream_options"], "unset is not sent");
        assert_eq!(body["messages"], json!([{ "role": "user", "content": "echo one" }]));

        ada.set(&[("temperature", "0.7"), ("top_k", "40"), ("seed", "7"), ("system_prompt", "Be brief.")]).await.unwrap();
        say(&ada, "echo two").await;
        let body = asked(&app);
        let names: Vec<_> = body.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(names, ["messages", "model", "seed", "stream", "stream_options", "temperature", "top_k"]);
        assert_eq!((&body["temperature"], &body["top_k"], &body["seed"]), (&json!(0.7), &json!(40), &json!(7)));
        assert_eq!(body["messages"][0], json!({ "role": "system", "content": "Be brief." }));
        assert_eq!(body["messages"][1]["content"], "echo two");

        let all = [
            ("temperature", "1"), ("top_p", "0.9"), ("top_k", "-1"), ("min_p", "0.05"), ("max_tokens", "99"),
            ("repeat_penalty", "1.1"), ("presence_penalty", "-0.5"), ("frequency_penalty", "0.5"), ("seed", "-1"),
            ("system_prompt", ""),
        ];
        ada.set(&all).await.unwrap();
        say(&ada, "echo three").await;
        let body = asked(&app);
        for (name, value) in &all[..9] {
            assert_eq!(body[*name].as_f64(), value.parse().ok(), "{name}");
        }
        assert_eq!(body["messages"].as_array().unwrap().len(), 1);
    }

    async fn a_new_thread_uses_the_chosen_model_and_then_its_own(app: TestApp) {
        let ada = app.admin().await;
        let models: crate::model::Models = ada.json("models/list", json!({ "refresh": false })).await.unwrap();
        let ids: Vec<_> = models.models.iter().map(|model| model.id.clone()).collect();
        let (server, own) = (models.default.unwrap(), ids.last().unwrap());
        assert_ne!(&server, own, "the test needs two models: {ids:?}");
        ada.set(&[("model", own)]).await.unwrap();
        assert_eq!(visitor(&ada).await.preferences.model.as_ref(), Some(own));
        let started = ada.start("echo one").await.unwrap();
        let mut view = ada.open(started.thread).await;
        view.settled().await;
        assert_eq!(view.snapshot.head.model.as_ref(), Some(own));
        let other = [("thread", &*started.thread.to_string()), ("text", "echo two"), ("model", &server)];
        ada.form::<crate::model::Started>("messages/submit", &other).await.unwrap();
        view.until(|view| view.messages.len() >= 4).await;
        view.settled().await;
        ada.submit(started.thread, "echo three").await.unwrap();
        view.until(|view| view.messages.len() >= 6).await;
        view.settled().await;
        assert_eq!(view.snapshot.head.model.as_ref(), Some(&server), "the thread's last choice wins");
    }

    async fn the_operator_decides_for_everybody(app: TestApp, "--locale", "de", "--system-prompt", "Obey.", "--default-model", "x") {
        let ada = app.admin().await;
        let page = ada.settings().await.unwrap();
        assert_eq!(fixed(&page), ["language", "model", "system_prompt"]);
        let shown = ["language", "model", "system_prompt"].map(|name| value_of(&page, name));
        assert_eq!(shown, ["de", "x", "Obey."]);
        for (name, value) in [("language", "en"), ("model", ""), ("system_prompt", "Rebel.")] {
            assert_eq!(ada.set(&[(name, value)]).await.unwrap_err(), Error::invalid(name, "setting_fixed"));
        }
        assert_eq!(visitor(&ada).await.preferences.language, Some(Language::German));
        say(&ada, "echo one").await;
        assert_eq!(asked(&app)["messages"][0], json!({ "role": "system", "content": "Obey." }));
        let html = ada.get("/settings").await.text().await.unwrap();
        assert_eq!(html.matches("Festgelegt von dem").count(), 3);
        let english = app.stranger().request(Method::GET, "/login").header("accept-language", "en").send().await.unwrap();
        assert!(english.text().await.unwrap().contains("<html lang=\"de\""));
    }

    async fn another_password_ends_all_other_sessions_and_their_streams(app: TestApp) {
        let ada = app.admin().await;
        let mut phone = app.stranger();
        phone.sign_in("ada@example.org", PASSWORD).await.unwrap();
        let (mut own, mut others) = (tab(&ada).await, tab(&phone).await);
        let change = |current: &'static str, new: &'static str| {
            let ada = ada.clone();
            async move { ada.form::<()>("accounts/change_password", &[("current", current), ("new", new)]).await }
        };
        assert_eq!(change("guessed wrong", "new horse battery").await, Err(Error::invalid("current", "password_wrong")));
        assert_eq!(change(PASSWORD, "short").await, Err(Error::invalid("new", "password_too_short")));
        assert!(visitor(&phone).await.account.is_some());
        change(PASSWORD, "new horse battery").await.unwrap();
        assert_eq!(others.next().await, None, "the stream of a session that ended ends at once");
        own.notice(|notice| matches!(notice, Notice::Person { .. })).await;
        assert!(visitor(&phone).await.account.is_none() && visitor(&ada).await.account.is_some());
        assert!(app.stranger().sign_in("ada@example.org", PASSWORD).await.is_err());
        app.stranger().sign_in("ada@example.org", "new horse battery").await.unwrap();
    }

    async fn the_current_password_is_not_to_be_guessed(app: TestApp) {
        let ada = app.admin().await;
        let mut last = Ok(());
        for _ in 0..40 {
            last = ada.form("accounts/change_password", &[("current", "guess"), ("new", "new horse battery")]).await;
            if matches!(last, Err(Error::Limited { .. })) {
                break;
            }
        }
        assert!(matches!(last, Err(Error::Limited { retry_after }) if retry_after > 0), "{last:?}");
    }

    async fn sessions_are_listed_and_ended_one_by_one_or_all(app: TestApp, "--enable-signup") {
        let ada = app.admin().await;
        let agent = "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0";
        let mut others = Vec::new();
        for _ in 0..3 {
            let mut other = app.stranger();
            let fields = [("email", "ada@example.org"), ("password", PASSWORD)];
            let request = other.request(Method::POST, "/rpc/accounts/sign_in").header("user-agent", agent).form(&fields);
            let cookie = request.send().await.unwrap().headers()["set-cookie"].to_str().unwrap().to_owned();
            other.cookie = cookie.split(';').next().map(str::to_owned);
            others.push(other);
        }
        let sessions = ada.settings().await.unwrap().sessions;
        assert_eq!(sessions.iter().filter(|session| session.current).count(), 1);
        let phones: Vec<_> = sessions.iter().filter(|session| session.agent == "Firefox · Android").collect();
        assert_eq!(phones.len(), 3);
        assert!(phones.iter().all(|session| !session.current && session.last_used > 0));
        let shown = others[0].settings().await.unwrap().sessions;
        let first = shown.into_iter().find(|session| session.current).unwrap();

        let mut eve = app.stranger();
        eve.sign_up("eve@example.org").await.unwrap();
        let end = [("id", first.id.as_str())];
        assert_eq!(eve.form::<()>("accounts/end_sessions", &end).await, Err(Error::NotFound), "it is another's");
        let mut stream = tab(&others[0]).await;
        ada.form::<()>("accounts/end_sessions", &end).await.unwrap();
        assert_eq!(stream.next().await, None);
        assert_eq!(ada.form::<()>("accounts/end_sessions", &end).await, Err(Error::NotFound), "it has ended");
        assert!(visitor(&others[0]).await.account.is_none() && visitor(&others[1]).await.account.is_some());

        ada.form::<()>("accounts/end_sessions", &[]).await.unwrap();
        assert!(visitor(&others[1]).await.account.is_none() && visitor(&others[2]).await.account.is_none());
        assert!(visitor(&ada).await.account.is_some() && visitor(&eve).await.account.is_some());
        assert_eq!(ada.settings().await.unwrap().sessions.len(), 1);
    }

    async fn the_first_paint_has_the_theme_and_the_language(app: TestApp) {
        let ada = app.admin().await;
        let html = ada.get("/chat").await.text().await.unwrap();
        assert!(html.contains("<html lang=\"en\" data-theme=\"system\""), "{html}");
        ada.set(&[("theme", "dark"), ("language", "de")]).await.unwrap();
        let html = ada.get("/chat").await.text().await.unwrap();
        assert!(html.contains("<html lang=\"de\" data-theme=\"dark\""), "{html}");
        assert!(html.contains("name=\"color-scheme\" content=\"dark\"") && html.contains("Woran arbeiten wir?"), "{html}");
        let html = app.stranger().get("/login").await.text().await.unwrap();
        assert!(html.contains("<html lang=\"en\" data-theme=\"system\""), "it is nobody else's");
    }

    async fn settings_are_saved_by_a_form_alone(app: TestApp) {
        let ada = app.admin().await;
        let html = ada.get("/settings").await.text().await.unwrap();
        let page = html.split("<script").skip(1).last().map_or(&*html, |_| &html);
        for part in ["action=\"/rpc/settings/save\"", "name=\"values[temperature]\"", "Server’s default", "This browser"] {
            assert!(page.contains(part), "{part} is not in {page}");
        }
        let post = |value: &'static str| {
            ada.request(Method::POST, "/rpc/settings/save")
                .header("accept", "text/html")
                .header("referer", format!("{}/settings?saved", app.base))
                // As a browser writes it.
                .header("content-type", "application/x-www-form-urlencoded")
                .body(format!("values%5Btheme%5D=light&values%5Btop_p%5D={value}&values%5Bseed%5D="))
                .send()
        };
        let response = post("0.5").await.unwrap();
        assert_eq!((response.status(), &response.headers()["location"]), (StatusCode::FOUND, &"/settings?saved".parse().unwrap()));
        let html = ada.get("/settings?saved").await.text().await.unwrap();
        assert!(html.contains("Saved") && html.contains("value=\"0.5\""));
        let response = post("7").await.unwrap();
        let back = response.headers()["location"].to_str().unwrap().to_owned();
        let html = ada.get(back.strip_prefix(&app.base).unwrap()).await.text().await.unwrap();
        assert!(html.contains("This number is out of range.") && html.contains("aria-invalid=\"true\""), "{html}");
        assert_eq!(value_of(&ada.settings().await.unwrap(), "top_p"), "0.5");
    }

    async fn a_shortcut_has_other_keys_in_every_tab_and_none_that_are_taken(app: TestApp) {
        let ada = app.admin().await;
        let mut other = tab(&ada).await;
        ada.set(&[("key_new_chat", "strg+umschalt+x")]).await.unwrap();
        let Notice::Person { visitor: heard } = other.notice(|notice| matches!(notice, Notice::Person { .. })).await else {
            unreachable!()
        };
        let keys = heard.preferences.keys;
        assert_eq!(keys, [("key_new_chat".to_owned(), "Ctrl+Shift+X".to_owned())]);
        for (written, field, code) in [
            (vec![("key_sidebar", "Shift+Ctrl+X")], "key_sidebar", "key_taken:new_chat"),
            (vec![("key_new_chat", "Ctrl+.")], "key_new_chat", "key_taken:settings"),
            (vec![("key_new_chat", "Q")], "key_new_chat", "key_needed"),
            (vec![("theme", "dark"), ("key_new_chat", "Ctrl")], "key_new_chat", "key_unreadable"),
            (vec![("key_sidebar", "F2"), ("key_list", "F2")], "key_list", "key_taken:sidebar"),
        ] {
            assert_eq!(ada.set(&written).await.unwrap_err(), Error::invalid(field, code), "{written:?}");
        }
        // Two change places in one go; and what was given up can be had.
        ada.set(&[("key_sidebar", "Ctrl+Shift+X"), ("key_new_chat", "Ctrl+B")]).await.unwrap();
        ada.set(&[("key_stop", "-"), ("key_list", "Esc")]).await.unwrap();
        assert_eq!(ada.set(&[("key_stop", "")]).await.unwrap_err(), Error::invalid("key_stop", "key_taken:list"));
        let page = ada.settings().await.unwrap();
        let kept = ["key_new_chat", "key_sidebar", "key_stop", "key_list"].map(|name| value_of(&page, name));
        assert_eq!(kept, ["Ctrl+B", "Ctrl+Shift+X", "-", "Esc"]);
        let all = crate::model::Shortcut::ALL;
        let reset: Vec<_> = all.iter().map(|shortcut| (shortcut.setting(), "")).chain([("shortcuts", "off")]).collect();
        ada.set(&reset).await.unwrap();
        let preferences = visitor(&ada).await.preferences;
        assert!(preferences.keys.is_empty() && !preferences.shortcuts);
    }

    async fn a_hidden_list_of_threads_is_hidden_from_the_first_paint_on(app: TestApp) {
        let ada = app.admin().await;
        assert!(!ada.get("/chat").await.text().await.unwrap().contains("data-sidebar"));
        ada.set(&[("thread_list", "off")]).await.unwrap();
        assert!(ada.get("/chat").await.text().await.unwrap().contains("data-theme=\"system\" data-sidebar=\"off\""));
    }

    async fn without_accounts_there_are_settings_but_no_password(app: TestApp, "--auth", "none") {
        let local = app.stranger();
        local.set(&[("name", "Me"), ("theme", "light")]).await.unwrap();
        assert_eq!(visitor(&app.stranger()).await.preferences.theme, Theme::Light);
        let html = local.get("/settings").await.text().await.unwrap();
        assert!(html.contains("value=\"Me\"") && !html.contains("change_password") && !html.contains("end_sessions"));
        let change = [("current", ""), ("new", "new horse battery")];
        assert_eq!(local.form::<()>("accounts/change_password", &change).await, Err(Error::Forbidden));
        assert_eq!(local.form::<()>("accounts/end_sessions", &[]).await, Err(Error::Forbidden));
    }
}
