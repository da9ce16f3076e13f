//! What was typed and not sent, by thread, kept in this browser.

use crate::{browser, model::ThreadId};

/// The key a draft is kept under; none is the thread that is not there yet.
pub fn key(thread: Option<ThreadId>) -> String {
    match thread {
        Some(id) => format!("skein.draft.{id}"),
        None => "skein.draft.new".into(),
    }
}

/// The draft that was kept.
pub fn load(thread: Option<ThreadId>) -> Option<String> {
    browser::kept(&key(thread))
}

/// Keeps a draft; an empty one is forgotten.
pub fn save(thread: Option<ThreadId>, text: &str) {
    browser::keep(&key(thread), Some(text).filter(|text| !text.is_empty()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_thread_has_its_own_draft() {
        let (a, b): (ThreadId, ThreadId) = (uuid::Uuid::from_u128(1).into(), uuid::Uuid::from_u128(2).into());
        let keys = [key(None), key(Some(a)), key(Some(b))];
        assert!(keys.iter().all(|key| key.starts_with("skein.draft.")));
        assert!(keys[0] != keys[1] && keys[1] != keys[2] && keys[0] != keys[2]);
    }
}
