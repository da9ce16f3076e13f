//! MessageItem: one message on its own, outside of any list (contract C.2).

use leptos::prelude::*;

use super::{clicks::clicks, row::MessageRow};
use crate::{
    model::{Action, Attachment, Content, Kind, Message, MessageId, Meta, Role, Status, Version},
    state::Row,
};

/// A message that just stands there. `text` is safe HTML by block, as the server makes it.
#[component]
pub fn MessageItem(
    id: MessageId,
    /// User, assistant or task.
    role: Role,
    text: Vec<String>,
    #[prop(optional)] meta: Meta,
    #[prop(optional)] actions: Vec<Action>,
    #[prop(optional)] attachments: Vec<Attachment>,
) -> impl IntoView {
    let kind = if role == Role::Task { Kind::Task } else { Kind::Text };
    let content = Content { text, attachments, ..Content::default() };
    let status = Status::Completed;
    let version = Version::only(id);
    let row = Row::new(Message {
        id,
        parent: None,
        sequence: 0,
        role,
        kind,
        status,
        content,
        meta,
        actions,
        version,
        is_fork_origin: false,
    });
    view! {
        <div on:click=clicks()>
            <MessageRow row/>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{model::MessageId, ui::thread::ActionHandler};

    #[test]
    fn an_item_stands_on_a_page_of_its_own() {
        let owner = Owner::new();
        owner.set();
        let id = MessageId(uuid::Uuid::from_u128(1));
        for (role, text) in [(Role::User, "asked"), (Role::Assistant, "<p>answered</p>"), (Role::Task, "<p>done</p>")] {
            let text = vec![text.to_owned()];
            let meta = Meta { model: Some("some-model".into()), ..Meta::default() };
            let html = view! { <MessageItem id role text=text.clone() meta/> }.to_html();
            assert!(html.contains(&format!("data-role=\"{}\"", role.as_str())), "{html}");
            assert!(html.contains(&text[0]), "{html}");
        }
    }

    #[test]
    fn an_items_actions_and_files_are_shown() {
        let owner = Owner::new();
        owner.set();
        let id = MessageId(uuid::Uuid::from_u128(1));
        let actions = vec![Action { label: "Open it".into(), action: "open".into() }];
        let file = |name: &str, mime_type: &str, size_bytes| Attachment {
            file_id: "f".into(),
            name: name.into(),
            mime_type: mime_type.into(),
            size_bytes,
        };
        let attachments = vec![file("<b>.png", "image/png", 20_480), file("report.pdf", "application/pdf", 900)];
        provide_context(ActionHandler(Callback::new(|_| ())));
        let html = view! { <MessageItem id role=Role::User text=vec![] actions attachments/> }.to_html();
        for shown in ["Open it", "data-action=\"open\"", "&lt;b&gt;.png", "20 KB", "report.pdf", "900 B"] {
            assert!(html.contains(shown), "{shown} in {html}");
        }
    }
}
