//! Which version of a message is shown, and the way to the others.

use leptos::{prelude::*, server_fn::ServerFn};

use crate::{
    api::messages::ShowVersion,
    browser::at,
    model::{MessageId, Version},
    ui::{
        widgets::{Icon, Shape},
        words::{fill, t},
    },
};

/// `‹ 2/3 ›`; nothing where there is only one.
pub fn versions(id: MessageId, version: Version) -> Option<AnyView> {
    if version.count < 2 {
        return None;
    }
    let (number, count) = (version.number, version.count);
    let said = fill("version.of", &[("number", &number.to_string()), ("count", &count.to_string())]);
    let button = |class: &'static str, to: u32, words: &'static str, shape: Shape| {
        let outside = to < 1 || to > count;
        view! {
            <button
                type="submit"
                class=format!("icon-button {class}")
                name="version"
                value=to.to_string()
                disabled=outside
                aria-label=t(words)
                title=t(words)
            >
                <Icon shape/>
            </button>
        }
    };
    Some(
        view! {
            <form class="versions" method="post" action=at(ShowVersion::url())>
                <input type="hidden" name="id" value=id.to_string()/>
                {button("version-prev", number - 1, "version.previous", Shape::ChevronLeft)}
                <span>
                    <span aria-hidden="true">{format!("{number}/{count}")}</span>
                    <span class="visually-hidden">{said}</span>
                </span>
                {button("version-next", number + 1, "version.next", Shape::ChevronRight)}
            </form>
        }
        .into_any(),
    )
}
