//! What is asked before something is done with a message: in a dialog, or as a part of the page for whoever has none.

use leptos::{ev::SubmitEvent, prelude::*, server_fn::ServerFn};
use wasm_split_helpers::wasm_split;

use super::forms::Forms;
use crate::{
    api::{
        messages::{Regenerate, RemoveMessage},
        threads::{Fork, SetSystem},
    },
    browser::at,
    model::{Models, ThreadId},
    state::Opened,
    ui::{
        dynamic::dynamic,
        overlay::Dialog,
        parts::{Missing, of_part},
        words::{plural, t},
    },
};

/// The question that is open, if it is not one that a row asks itself.
#[component]
pub fn Asked(thread: ThreadId, title: Signal<String>, models: Models) -> impl IntoView {
    let forms = expect_context::<Forms>();
    let is_asked = move |opened: &Opened| opened.edited().is_none();
    let first = forms.opened.get_untracked().filter(is_asked);
    let submit = move |event: SubmitEvent| forms.submitted(&event);
    let models = StoredValue::new(models);
    if let Some(opened) = first {
        // The page came with it, and so it is there without the program.
        let heading = heading(&opened);
        let body = of_part(part(thread, opened, title, models, true));
        let gone = move || forms.opened.with(Option::is_none);
        return view! {
            <section class="ask" data-part="asked" on:submit=submit hidden=dynamic(gone)>
                <h2>{heading}</h2>
                {body}
            </section>
        }
        .into_any();
    }
    let asked = Memo::new(move |old: Option<&Option<Opened>>| {
        // What is asked stays readable while the dialog goes.
        forms.opened.get().filter(is_asked).or_else(|| old.cloned().flatten())
    });
    let heading = move || asked.with(|asked| asked.as_ref().map(heading).unwrap_or_default());
    let body = dynamic(move || match asked.get() {
        Some(opened) => of_part(part(thread, opened, title, models, false)),
        None => ().into_any(),
    });
    view! {
        <Dialog
            id="asked"
            open=Signal::derive(move || forms.opened.with(|opened| opened.as_ref().is_some_and(is_asked)))
            title=Signal::derive(heading)
            close=move |()| {
                if forms.opened.with_untracked(|opened| opened.as_ref().is_some_and(is_asked)) {
                    forms.close(None);
                }
            }
        >
            <div on:submit=submit>{body}</div>
        </Dialog>
    }
    .into_any()
}

fn heading(opened: &Opened) -> String {
    t(match opened {
        Opened::Edit { .. } => "edit.label",
        Opened::Remove { .. } => "remove.title",
        Opened::Again { .. } => "again.title",
        Opened::Fork { .. } => "fork.title",
        Opened::System { .. } => "system.title",
    })
    .to_owned()
}

/// A question's form. The browser fetches it before it asks the first; `fetch` does only that.
#[wasm_split(dialogs, fallible, preload(fetch))]
pub fn part(
    thread: ThreadId,
    opened: Opened,
    title: Signal<String>,
    models: StoredValue<Models>,
    in_page: bool,
) -> Result<AnyView, Missing> {
    Ok(question(thread, opened, title, models, in_page))
}

fn question(
    thread: ThreadId,
    opened: Opened,
    title: Signal<String>,
    models: StoredValue<Models>,
    in_page: bool,
) -> AnyView {
    let id = |name: &'static str, id: String| view! { <input type="hidden" name=name value=id/> };
    let (action, fields, commit, danger) = match opened {
        Opened::Edit { .. } => (String::new(), ().into_any(), "action.save", false),
        Opened::Remove { id: message, count } => {
            let text = match count {
                0 | 1 => t("remove.one").to_owned(),
                count => plural("remove.more", "remove.many", count - 1),
            };
            let fields = (id("id", message.to_string()), view! { <p>{text}</p> }).into_any();
            (at(RemoveMessage::url()), fields, "action.delete", true)
        }
        Opened::Again { id: message } => {
            (at(Regenerate::url()), (id("id", message.to_string()), choice(models)).into_any(), "action.again", false)
        }
        Opened::Fork { id: message } => {
            (at(Fork::url()), (id("message", message.to_string()), name(title)).into_any(), "fork.do", false)
        }
        Opened::System { text } => {
            (at(SetSystem::url()), (id("id", thread.to_string()), words(text)).into_any(), "action.save", false)
        }
    };
    let cancel = cancel(in_page);
    view! {
        <form class="asked" method="post" action=action>
            {fields}
            <div class="dialog-actions">
                {cancel}
                <button
                    type="submit"
                    class="button"
                    data-danger=danger.then_some("")
                    data-primary=(!danger).then_some("")
                >
                    {t(commit)}
                </button>
            </div>
        </form>
    }
    .into_any()
}

fn cancel(in_page: bool) -> AnyView {
    let forms = expect_context::<Forms>();
    match in_page {
        true => view! { <a class="button" href="?">{t("action.cancel")}</a> }.into_any(),
        false => view! {
            <button type="button" class="button" on:click=move |_| forms.close(None)>
                {t("action.cancel")}
            </button>
        }
        .into_any(),
    }
}

fn choice(models: StoredValue<Models>) -> impl IntoView {
    let Models { models, default, .. } = models.get_value();
    let option = move |id: String, name: String| {
        let selected = default.as_ref() == Some(&id);
        view! { <option value=id selected=selected>{name}</option> }
    };
    view! {
        <label class="asked-field">
            {t("composer.model")}
            <select name="model">{models.into_iter().map(|model| option(model.id, model.name)).collect_view()}</select>
        </label>
    }
}

fn name(title: Signal<String>) -> impl IntoView {
    let title = title.get_untracked();
    view! {
        <p>{t("fork.text")}</p>
        <label class="asked-field">
            {t("fork.name")}
            <input type="text" name="title" value=title maxlength="255" autocomplete="off"/>
        </label>
    }
}

fn words(text: String) -> impl IntoView {
    let said = text.clone();
    view! {
        <p>{t("system.text")}</p>
        <textarea name="text" rows="5" aria-label=t("system.title") prop:value=said>
            {text}
        </textarea>
    }
}
