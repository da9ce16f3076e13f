//! What one tab has besides its pages: its connection, what lies over the page, what it asked for.

use leptos::prelude::*;

use super::{
    keys::{Chords, KeyList},
    overlay::{Doomed, FailedRun, ModelHelp, Toasts},
};
use crate::{
    model::Models,
    state::{Connection, Desk, PageData, PersonView, SidebarView, Submits},
};

/// Provided by the chat layout, for every page in it.
#[derive(Clone)]
pub struct Tab {
    pub desk: PageData<Desk>,
    pub connection: Connection,
    pub person: PersonView,
    pub submits: Submits,
    pub toasts: Toasts,
    pub doomed: Doomed,
    pub failed: FailedRun,
    pub help: ModelHelp,
    pub keys: KeyList,
    pub chords: Chords,
    /// The models, once they were looked for again; until then those the page came with.
    pub models: RwSignal<Option<Models>>,
    /// The list of threads, once the page is alive.
    pub sidebar: RwSignal<Option<SidebarView>>,
}

impl Tab {
    /// Makes the tab's things and provides them, the smaller ones also by themselves.
    pub fn provide(desk: PageData<Desk>) -> Self {
        let connection = Connection::default();
        let tab = Self {
            desk,
            person: connection.person.clone(),
            keys: KeyList::default(),
            chords: Chords::new(connection.person.clone()),
            connection,
            submits: Submits::default(),
            toasts: Toasts::default(),
            doomed: Doomed::default(),
            failed: FailedRun::default(),
            help: ModelHelp::default(),
            models: RwSignal::new(None),
            sidebar: RwSignal::new(None),
        };
        provide_context(tab.toasts.clone());
        provide_context(tab.doomed);
        provide_context(tab.failed);
        provide_context(tab.help);
        provide_context(tab.clone());
        tab
    }

    /// Those of this tab, where a part may also stand on a page of its own.
    pub fn maybe() -> Option<Self> {
        use_context()
    }

    /// Those of this tab.
    pub fn here() -> Self {
        expect_context()
    }
}
