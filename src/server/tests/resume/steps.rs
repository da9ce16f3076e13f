//! What may happen, in any order.

use proptest::prelude::*;

use super::{THREADS, VIEWERS};

/// One step.
#[derive(Clone, Debug)]
pub enum Step {
    /// Somebody writes something; while an answer is being written it waits.
    Send {
        thread: usize,
        kind: usize,
    },
    Stop {
        thread: usize,
    },
    Rename {
        thread: usize,
    },
    /// A tab opens a thread, whatever it showed before.
    Open {
        viewer: usize,
        thread: usize,
    },
    /// A tab takes in what has come, so many times.
    Read {
        viewer: usize,
        times: usize,
    },
    /// A tab loses its connection, or is hidden.
    Leave {
        viewer: usize,
    },
    /// And comes back to where it was.
    Return {
        viewer: usize,
    },
    /// The model says so many more words.
    Words {
        number: usize,
    },
    Restart,
    /// Two people, or one in two tabs, change the tree at the same time.
    Tree {
        one: Deed,
        other: Deed,
    },
}

/// What can be done to the tree, with a row of a tab, which may show it no more.
#[derive(Clone, Copy, Debug)]
pub struct Deed {
    pub what: What,
    pub viewer: usize,
    pub row: usize,
}

#[derive(Clone, Copy, Debug)]
pub enum What {
    Regenerate,
    Ask,
    Save,
    Branch,
    GoOn,
    Show(u32),
    Remove,
    Fork,
    System(bool),
}

fn deed() -> impl Strategy<Value = Deed> {
    use What::{Ask, Branch, Fork, GoOn, Regenerate, Remove, Save, Show, System};
    let what = prop_oneof![
        3 => Just(Regenerate),
        3 => Just(Ask),
        2 => Just(Save),
        2 => Just(Branch),
        2 => Just(GoOn),
        8 => (1..4u32).prop_map(Show),
        1 => Just(Remove),
        1 => Just(Fork),
        1 => any::<bool>().prop_map(System),
    ];
    (what, 0..VIEWERS, 0..12usize).prop_map(|(what, viewer, row)| Deed { what, viewer, row })
}

pub fn step() -> impl Strategy<Value = Step> {
    let thread = || 0..THREADS;
    let viewer = || 0..VIEWERS;
    prop_oneof![
        4 => (thread(), 0..5usize).prop_map(|(thread, kind)| Step::Send { thread, kind }),
        1 => thread().prop_map(|thread| Step::Stop { thread }),
        1 => thread().prop_map(|thread| Step::Rename { thread }),
        3 => (viewer(), thread()).prop_map(|(viewer, thread)| Step::Open { viewer, thread }),
        4 => (viewer(), 1..6usize).prop_map(|(viewer, times)| Step::Read { viewer, times }),
        2 => viewer().prop_map(|viewer| Step::Leave { viewer }),
        3 => viewer().prop_map(|viewer| Step::Return { viewer }),
        4 => (1..20usize).prop_map(|number| Step::Words { number }),
        1 => Just(Step::Restart),
        6 => (deed(), deed()).prop_map(|(one, other)| Step::Tree { one, other }),
    ]
}
