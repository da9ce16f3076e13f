//! MessageItem: one message on its own, outside of any list (contract C.2).

use leptos::prelude::*;

use super::row::MessageRow;
use crate::{
    model::{Action, Content, Kind, Message, MessageId, Meta, Role, Status},
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
) -> impl IntoView {
    let kind = if role == Role::Task { Kind::Task } else { Kind::Text };
    let content = Content { text, ..Content::default() };
    let status = Status::Completed;
    let row = Row::new(Message { id, parent: None, sequence: 0, role, kind, status, content, meta, actions });
    view! { <MessageRow row/> }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::MessageId;

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
}
