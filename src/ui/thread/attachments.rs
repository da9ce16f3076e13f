//! The files that came with a message.

use leptos::prelude::*;

use crate::{
    model::Attachment,
    ui::{
        widgets::{Icon, Shape},
        words::{size, t},
    },
};

/// A chip for each file: what it is, its name, how big it is (contract C.5).
#[component]
pub fn Attachments(files: Vec<Attachment>) -> impl IntoView {
    let chip = |Attachment { name, mime_type, size_bytes, .. }: Attachment| {
        let shape = if mime_type.starts_with("image/") { Shape::Image } else { Shape::File };
        view! {
            <li class="chip" title=mime_type>
                <Icon shape/>
                <span class="chip-name">{name}</span>
                <span class="chip-size">{size(size_bytes)}</span>
            </li>
        }
    };
    view! { <ul class="chips" aria-label=t("message.files")>{files.into_iter().map(chip).collect_view()}</ul> }
        .into_any()
}
