//! What a model is sent of a thread.

use crate::{
    model::{Kind, Role},
    server::{provider::Turn, store::MessageRow},
};

/// The turns of a path, oldest first. Task rows and rows without text are left out, and an answer's reasoning is not
/// repeated to the model (contract B.9). Two turns of one role in a row, as an answer that failed without a word leaves
/// them behind, become one: some servers insist on alternation.
pub fn turns(path: Vec<MessageRow>) -> Vec<Turn> {
    let mut turns: Vec<Turn> = Vec::new();
    for row in path {
        let role = match row.role {
            Role::User | Role::Assistant | Role::System if row.kind == Kind::Text => row.role,
            _ => continue,
        };
        if row.content.text.trim().is_empty() {
            continue;
        }
        match turns.last_mut() {
            Some(last) if last.role == role => {
                last.text.push_str("\n\n");
                last.text.push_str(&row.content.text);
            }
            _ => turns.push(Turn { role, text: row.content.text }),
        }
    }
    turns
}
