//! What a model is sent of a thread.

use crate::{
    model::{self, Kind, Role},
    server::{
        provider::{Sampling, Turn},
        store::MessageRow,
    },
};

/// The turns of a path, oldest first. What a thread says to the model first wins over `system_prompt`, which its person
/// says in every thread. Task rows and rows without text are left out, and an answer's reasoning is not repeated to the
/// model (contract B.9). Two turns of one role in a row, as an answer that failed without a word leaves them behind,
/// become one: some servers insist on alternation.
pub fn turns(system_prompt: Option<String>, path: Vec<MessageRow>) -> Vec<Turn> {
    let own = path.first().is_some_and(|row| row.role == Role::System && !row.content.text.trim().is_empty());
    let system_prompt = system_prompt.filter(|_| !own);
    let mut turns: Vec<Turn> = system_prompt.map(|text| Turn::new(Role::System, text)).into_iter().collect();
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

/// How the model is to pick its words: what the person chose, and nothing else.
pub fn sampling(chosen: &model::Sampling) -> Sampling {
    let model::Sampling { temperature, top_p, top_k, min_p, max_tokens, seed, .. } = *chosen;
    let model::Sampling { repeat_penalty, presence_penalty, frequency_penalty, .. } = *chosen;
    Sampling {
        temperature,
        top_p,
        top_k,
        min_p,
        max_tokens,
        repeat_penalty,
        presence_penalty,
        frequency_penalty,
        seed,
        stop: Vec::new(),
    }
}
