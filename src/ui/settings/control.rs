//! One setting: its label, its control, and how saving it went.

use std::collections::BTreeMap;

use leptos::{
    ev::{Event, KeyboardEvent},
    prelude::*,
    task::spawn_local,
};

use crate::{
    api, browser,
    model::{Error, SettingsPage, Shortcut},
    state::Link,
    ui::{
        dynamic::{Dynamic, dynamic, effect},
        keys,
        sent::sent_error,
        tab::Tab,
        words::{self, fill, t},
    },
};

/// How long it says that it was saved, in milliseconds.
const SHOWN_MS: i32 = 3_000;
/// The longest text in a field, in characters; the server counts bytes.
const LONGEST: &str = "16384";

/// What is chosen with.
#[derive(Clone)]
pub enum Kind {
    /// One of these values, each with its words. The first is what holds where nothing was chosen.
    Choice(Vec<(String, String)>),
    Number,
    Prose,
    Name,
    /// The keys of this shortcut.
    Keys(Shortcut),
}

/// How saving went.
#[derive(Clone, PartialEq)]
pub enum State {
    Quiet,
    Saving,
    Saved,
    Refused(Error),
}

impl State {
    /// What is said about it.
    pub fn words(&self, saved: &'static str) -> String {
        match self {
            Self::Quiet | Self::Saving => String::new(),
            Self::Saved => saved.to_owned(),
            Self::Refused(error) => words::error(error),
        }
    }

    /// The field that was refused, `true` for `aria-invalid`.
    pub fn wrong(&self, name: &str) -> Option<&'static str> {
        match self {
            Self::Refused(Error::Invalid { field, .. }) => (field == name).then_some("true"),
            _ => None,
        }
    }
}

/// Takes back that it was saved, after a while.
pub fn fade(state: RwSignal<State>) {
    browser::after(SHOWN_MS, move || {
        if state.try_get_untracked() == Some(State::Saved) {
            state.set(State::Quiet);
        }
    });
}

/// One setting, by its name on the wire, which is also the `id` of its control.
///
/// A function and not a component, like all of this folder: what the browser loads grows by each type of a view, so the
/// rows share one, and what is different about them stands behind a pointer.
pub fn control(
    page: RwSignal<SettingsPage>,
    name: &'static str,
    label: &'static str,
    hint: String,
    kind: Kind,
) -> AnyView {
    let setting = page.with_untracked(|page| page.setting(name).cloned());
    let fixed = setting.is_some_and(|setting| setting.fixed);
    let shown = if matches!(kind, Kind::Keys(_)) { keys::words } else { str::to_owned };
    let value = Memo::new(move |_| {
        page.with(|page| page.setting(name).map(|setting| shown(&setting.value))).unwrap_or_default()
    });
    // Sent without this program and refused: said where it was written.
    let sent = sent_error("settings/save").map(State::Refused).filter(|state| state.wrong(name).is_some());
    let state = RwSignal::new(sent.unwrap_or(State::Quiet));
    let save = saver(name, state);
    let change = move |_: Event| save();
    let reset = move || {
        browser::set_value(name, "");
        browser::focus(name);
        save();
    };
    let key = ["values[", name, "]"].concat();
    let note = note(name);
    let can_reset = matches!(kind, Kind::Number | Kind::Prose | Kind::Keys(_)) && !fixed;
    let wide = matches!(kind, Kind::Prose);
    let wrong = dynamic(move || state.with(|state| state.wrong(name)));
    let control = match kind {
        Kind::Choice(options) => view! {
            <select id=name name=key disabled=fixed aria-describedby=note aria-invalid=wrong on:change=change>
                {choices(options, value)}
            </select>
        }
        .into_any(),
        Kind::Prose => view! {
            <textarea
                id=name
                name=key
                rows="4"
                maxlength=LONGEST
                disabled=fixed
                aria-describedby=note
                aria-invalid=wrong
                prop:value=dynamic(move || value.get())
                on:change=change
            >
                {value.get_untracked()}
            </textarea>
        }
        .into_any(),
        Kind::Number => {
            let about = Input {
                key,
                inputmode: "decimal",
                placeholder: t("settings.default").to_owned(),
                fixed,
                ..Input::default()
            };
            input(name, about, state, value, Box::new(change))
        }
        Kind::Name => {
            let about = Input { key, longest: "80", autocomplete: "name", fixed, ..Input::default() };
            input(name, about, state, value, Box::new(change))
        }
        Kind::Keys(shortcut) => {
            let placeholder = keys::words(shortcut.default_chord());
            // Keys that are pressed in it are written down in it.
            let press = move |event: KeyboardEvent| {
                if let Some(chord) = keys::recorded(&event) {
                    event.prevent_default();
                    browser::set_value(name, &keys::words(&chord));
                    save();
                }
            };
            let about = Input { key, longest: "64", placeholder, fixed, press: Box::new(press), ..Input::default() };
            input(name, about, state, value, Box::new(change))
        }
    };
    let hint = [&*hint, if fixed { t("settings.fixed") } else { "" }].join(" ");
    let can_reset = dynamic(move || can_reset && !value.with(String::is_empty));
    row(Row { id: name, label, hint, saved: t("settings.saved"), wide }, state, can_reset, Box::new(reset), control)
}

/// What is particular about a line of text to be typed.
pub struct Input {
    /// Its name in the form.
    pub key: String,
    pub kind: &'static str,
    pub inputmode: &'static str,
    pub longest: &'static str,
    pub autocomplete: &'static str,
    pub placeholder: String,
    pub fixed: bool,
    pub required: bool,
    pub press: Box<dyn FnMut(KeyboardEvent)>,
}

impl Default for Input {
    fn default() -> Self {
        Self {
            key: String::new(),
            kind: "text",
            inputmode: "text",
            longest: "24",
            autocomplete: "off",
            placeholder: String::new(),
            fixed: false,
            required: false,
            press: Box::new(|_| ()),
        }
    }
}

/// The line. What is typed stays, until `value` changes.
pub fn input(
    id: &'static str,
    about: Input,
    state: RwSignal<State>,
    value: Memo<String>,
    change: Box<dyn FnMut(Event)>,
) -> AnyView {
    view! {
        <input
            id=id
            name=about.key
            type=about.kind
            inputmode=about.inputmode
            maxlength=about.longest
            autocomplete=about.autocomplete
            placeholder=about.placeholder
            disabled=about.fixed
            required=about.required
            aria-describedby=note(id)
            aria-invalid=dynamic(move || state.with(|state| state.wrong(id)))
            value=value.get_untracked()
            prop:value=dynamic(move || value.get())
            on:change=change
            on:keydown=about.press
        />
    }
    .into_any()
}

/// The `id` of what is told about a control.
fn note(id: &str) -> String {
    [id, "-note"].concat()
}

/// What stands around a control.
pub struct Row {
    /// The control's `id`.
    pub id: &'static str,
    pub label: &'static str,
    pub hint: String,
    /// What is said when it was saved.
    pub saved: &'static str,
    /// The control stands below its label and not beside it.
    pub wide: bool,
}

/// A label and the way back to the default, the control, a hint and how saving went. For the last there is always a
/// line, so that nothing moves.
pub fn row(
    about: Row,
    state: RwSignal<State>,
    can_reset: Dynamic<bool>,
    reset: Box<dyn Fn()>,
    control: AnyView,
) -> AnyView {
    let Row { id, label, hint, saved, wide } = about;
    let name = fill("settings.reset.name", &[("setting", label)]);
    let hidden = dynamic(move || !can_reset());
    let bad = dynamic(move || state.with(|state| matches!(state, State::Refused(_)).then_some("")));
    let words = dynamic(move || state.with(|state| state.words(saved)));
    view! {
        <div class="setting" data-wide=wide.then_some("")>
            <div class="setting-label">
                <label for=id>{label}</label>
                <button type="button" class="link reset" aria-label=name hidden=hidden on:click=move |_| reset()>
                    {t("settings.reset")}
                </button>
            </div>
            {control}
            <p class="setting-note" id=note(id)>
                <span>{hint}</span>
                <span role="status" class="setting-state" data-bad=bad>
                    {words}
                </span>
            </p>
        </div>
    }
    .into_any()
}

/// The options, and what was chosen before where it is none of them any more.
fn choices(mut options: Vec<(String, String)>, value: Memo<String>) -> AnyView {
    let gone = value.get_untracked();
    if !gone.is_empty() && options.iter().all(|(known, _)| *known != gone) {
        options.push((gone.clone(), fill("composer.model.gone", &[("model", &gone)])));
    }
    let option = |(place, (option, words)): (usize, (String, String))| {
        let selected = {
            let option = option.clone();
            move || value.with(|value| *value == option || (value.is_empty() && place == 0))
        };
        let (attribute, property) = (dynamic(selected.clone()), dynamic(selected));
        view! { <option value=option selected=attribute prop:selected=property>{words}</option> }
    };
    options.into_iter().enumerate().map(option).collect_view().into_any()
}

/// Saves what is in the control, one request at a time; what is changed meanwhile goes with the next. What was typed
/// stays where it is refused, and is sent again when a server that was away is back.
fn saver(name: &'static str, state: RwSignal<State>) -> impl Fn() + Copy + Send + Sync + 'static {
    let tab = Tab::here();
    let (person, link) = (StoredValue::new(tab.person), tab.connection.link);
    let save = move || {
        if state.get_untracked() == State::Saving {
            return;
        }
        state.set(State::Saving);
        spawn_local(async move {
            loop {
                let written = browser::value(name).unwrap_or_default();
                let values = BTreeMap::from([(name.to_owned(), written.clone())]);
                let saved = api::settings::save(values).await;
                // Nobody looks any more.
                if state.try_get_untracked().is_none() {
                    return;
                }
                if browser::value(name).is_some_and(|now| now != written) {
                    continue;
                }
                match saved {
                    Ok(visitor) => {
                        state.set(State::Saved);
                        person.try_with_value(|person| person.show(visitor));
                        return fade(state);
                    }
                    Err(error) => return state.set(State::Refused(error)),
                }
            }
        });
    };
    effect(move || {
        if link.get() == Link::Open && state.get_untracked() == State::Refused(Error::Offline) {
            save();
        }
    });
    save
}
