//! The choice of a model.

use crate::ui::dynamic::{dynamic, effect};
use leptos::{prelude::*, task::spawn_local};

use crate::{
    api, browser,
    model::{ModelInfo, Models},
    ui::{
        tab::Tab,
        widgets::{Icon, Shape},
        words::{fill, plural, t},
    },
};

/// The `id` of the choice.
pub const MODEL: &str = "composer-model";

/// The models there are, and a button that looks for them again. What the thread used last is chosen, until something
/// else is.
#[component]
pub fn ModelSelect(#[prop(into)] models: Signal<Models>, model: ArcRwSignal<Option<String>>) -> impl IntoView {
    let chosen = RwSignal::new(None::<String>);
    let person = Tab::here().person;
    let current = Memo::new(move |_| {
        let last = chosen.get().or_else(|| model.get());
        let own = person.preferences().and_then(|preferences| preferences.model);
        models.with(|models| {
            let own = own.filter(|own| models.models.iter().any(|model| model.id == *own));
            last.or(own).or_else(|| models.default.clone()).or_else(|| first(models))
        })
    });
    let options = dynamic(move || {
        let models = models.get();
        let gone = current.get_untracked().filter(|id| models.models.iter().all(|model| model.id != *id));
        let gone = gone.map(|id| (id.clone(), fill("composer.model.gone", &[("model", &id)])));
        let none =
            (models.models.is_empty() && gone.is_none()).then(|| (String::new(), t("composer.model.none").into()));
        let listed = models.models.into_iter().map(|ModelInfo { id, name, .. }| (id, name));
        let all = gone.into_iter().chain(none).chain(listed);
        all.map(|(id, name)| {
            let selected = {
                let id = id.clone();
                move || current.with(|current| current.as_deref().unwrap_or_default() == id)
            };
            let (attribute, property) = (dynamic(selected.clone()), dynamic(selected));
            // The attribute is for the page as it comes, the property for a choice that was touched since.
            view! { <option value=id selected=attribute prop:selected=property>{name}</option> }
        })
        .collect_view()
        .into_any()
    });
    let change = move |_| chosen.set(browser::value(MODEL));
    // A choice made before this program came to life is a choice.
    effect(move || {
        let there = browser::value(MODEL).filter(|id| !id.is_empty());
        if there.is_some() && there != current.get_untracked() {
            chosen.set(there);
        }
    });
    view! {
        <RefreshModels/>
        <select id=MODEL class="model" name="model" aria-label=t("composer.model") title=t("composer.model") on:change=change>
            {options}
        </select>
    }
    .into_any()
}

fn first(models: &Models) -> Option<String> {
    models.models.first().map(|model| model.id.clone())
}

/// Asks every server again what models it has.
#[component]
fn RefreshModels() -> impl IntoView {
    let tab = StoredValue::new(Tab::here());
    let known = tab.with_value(|tab| tab.models);
    let busy = RwSignal::new(false);
    let refresh = move |_| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        spawn_local(async move {
            let read = api::models::list(true).await;
            let _ = busy.try_set(false);
            tab.try_with_value(|tab| match read {
                Ok(models) => {
                    let found = models.models.len().try_into().unwrap_or(u32::MAX);
                    tab.toasts.say(plural("composer.model.found", "composer.model.found.many", found));
                    known.set(Some(models));
                }
                Err(error) => tab.toasts.error(&error),
            });
        });
    };
    let label = t("composer.model.refresh");
    view! {
        <button
            type="button"
            class="icon-button refresh"
            aria-label=label
            title=label
            aria-busy=dynamic(move || busy.get().then_some("true"))
            on:click=refresh
        >
            <Icon shape=Shape::Refresh/>
        </button>
    }
}
