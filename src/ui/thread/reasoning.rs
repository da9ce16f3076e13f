//! What the model thought: one line that opens. Open while it thinks, closed when it is done, unless the reader chose or
//! said otherwise.

use crate::ui::dynamic::{dynamic, effect, shown};
use leptos::{ev::MouseEvent, prelude::*};

use super::blocks::BlockList;
use crate::{
    browser,
    state::{PersonView, Row},
    ui::tab::Tab,
    ui::words::{fill, plural, seconds, t},
};

/// The line and the text in it; nothing where there is none.
#[component]
pub fn Reasoning(row: Row) -> impl IntoView {
    let filled = row.reasoning.filled.clone();
    shown(move || filled.get().then(|| view! { <Thought row=row.clone()/> }))
}

#[component]
fn Thought(row: Row) -> impl IntoView {
    let id = format!("thought-{}", row.id);
    let thinking = Memo::new({
        let row = row.clone();
        move |_| row.is_thinking()
    });
    let chosen = row.reasoning_open.clone();
    let open = Memo::new({
        let chosen = chosen.clone();
        let person = Tab::maybe().map(|tab| tab.person);
        move |_| {
            let wanted = || person.as_ref().and_then(PersonView::preferences).unwrap_or_default().reasoning;
            chosen.get().unwrap_or_else(|| wanted().open(thinking.get()))
        }
    });
    // A reader may have opened or closed it before this program came to life.
    effect({
        let (id, chosen) = (id.clone(), chosen.clone());
        move || {
            if let Some(is) = browser::is_open(&id)
                && is != open.get_untracked()
                && chosen.get_untracked().is_none()
            {
                chosen.set(Some(is));
            }
        }
    });
    let toggle = move |event: MouseEvent| {
        // Ours is the only hand on `open`: the browser would otherwise turn it once more.
        event.prevent_default();
        chosen.set(Some(!open.get_untracked()));
    };
    let meta = row.meta.clone();
    let words = dynamic(move || {
        if thinking.get() {
            return t("message.reasoning.running").to_owned();
        }
        let (ms, chars) =
            meta.with(|meta| (meta.reasoning_ms, plural("count.character", "count.characters", meta.reasoning_chars)));
        match ms {
            Some(ms) => fill("message.reasoning.done", &[("seconds", &seconds(ms)), ("chars", &chars)]),
            None => fill("message.reasoning.chars", &[("chars", &chars)]),
        }
    });
    view! {
        <details id=id class="reasoning" open=open data-thinking=dynamic(move || thinking.get().then_some(""))>
            <summary on:click=toggle>{words}</summary>
            <BlockList blocks=row.reasoning/>
        </details>
    }
}
