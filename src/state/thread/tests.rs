use proptest::prelude::*;

use super::*;
use crate::model::{Content, Failure, FailureKind, Kind, Meta, Older, Role, Seq, ThreadHead, Version};

fn message_id(n: u8) -> MessageId {
    uuid::Uuid::from_u128(n.into()).into()
}

fn message(n: u8, status: Status, text: Vec<String>) -> Message {
    let (role, kind) = match n {
        0 | 5 => (Role::System, Kind::Task),
        // Where it is pending, it waits to be sent.
        3 | 6 => (Role::User, Kind::Text),
        _ => (Role::Assistant, Kind::Text),
    };
    Message {
        id: message_id(n),
        parent: None,
        sequence: n.into(),
        role,
        kind,
        status,
        content: Content { text, ..Content::default() },
        meta: Meta::default(),
        actions: Vec::new(),
        version: Version::only(uuid::Uuid::nil().into()),
        is_fork_origin: false,
    }
}

fn status() -> impl Strategy<Value = Status> {
    prop::sample::select(vec![Status::Pending, Status::Running, Status::Completed, Status::Failed, Status::Cancelled])
}

fn blocks() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec("<p>[a-z]{0,4}</p>", 0..4)
}

fn row() -> impl Strategy<Value = Message> {
    // Another sequence makes it a row of another make, which is put in the old one's place.
    (0..8u8, status(), blocks(), 0..2i64).prop_map(|(n, status, text, more)| {
        let message = message(n, status, text);
        Message { sequence: message.sequence + more * 100, ..message }
    })
}

/// Rows of different ids, as any set of rows is.
fn rows() -> impl Strategy<Value = Vec<Message>> {
    prop::collection::vec(row(), 0..5).prop_map(|mut rows| {
        let mut seen = std::collections::HashSet::new();
        rows.retain(|row| seen.insert(row.id));
        rows
    })
}

fn change() -> impl Strategy<Value = Change> {
    let part = prop::sample::select(vec![Part::Text, Part::Reasoning]);
    let text = prop_oneof![
        (0..4u32, 0..3u8, "[a-z]{1,3}").prop_map(|(block, depth, html)| BlockChange::Append { block, depth, html }),
        (0..4u32, blocks()).prop_map(|(from, blocks)| BlockChange::Replace { from, blocks }),
    ];
    let patch =
        (prop::option::of(status()), any::<bool>(), any::<bool>()).prop_map(|(status, meta, failed)| RowPatch {
            status,
            meta: meta.then(|| Meta { reasoning_chars: 7, ..Meta::default() }),
            failure: failed.then(|| Failure::new(FailureKind::Server)),
        });
    prop_oneof![
        3 => rows().prop_map(|rows| Change::Append { rows }),
        1 => rows().prop_map(|rows| Change::Prepend { rows }),
        1 => row().prop_map(|row| Change::Replace { id: row.id, row: Box::new(row) }),
        1 => (0..8u8).prop_map(|n| Change::Remove { id: message_id(n) }),
        1 => rows().prop_map(|rows| Change::Set { rows }),
        4 => (0..8u8, part, text).prop_map(|(n, part, change)| Change::Text { id: message_id(n), part, change }),
        2 => (0..8u8, patch).prop_map(|(n, patch)| Change::Row { id: message_id(n), patch: Box::new(patch) }),
    ]
}

fn view(messages: Vec<Message>) -> ThreadView {
    let head =
        ThreadHead { id: uuid::Uuid::nil().into(), title: None, model: None, run: None, origin: None, mended: false };
    ThreadView::new(Snapshot { head, messages, older: None, seq: Seq::default() })
}

fn messages(view: &ThreadView) -> Vec<Message> {
    view.rows.get_untracked().iter().map(Row::message).collect()
}

proptest! {
    #[test]
    fn rows_of_signals_fold_like_plain_rows(start in rows(), changes in prop::collection::vec(change(), 0..40)) {
        let (view, mut plain) = (view(start.clone()), start);
        for change in changes {
            view.apply(change.clone());
            fold(&mut plain, change);
            prop_assert_eq!(&messages(&view), &plain);
        }
        let index = view.index();
        prop_assert_eq!(index.rows.len(), plain.len());
        prop_assert!(index.cleared.is_empty());
    }
}

#[test]
fn a_reset_keeps_the_rows_that_stay() {
    let view = view(vec![message(1, Status::Running, vec![]), message(2, Status::Completed, vec![])]);
    let row = view.row(message_id(1)).unwrap();
    row.reasoning_open.set(Some(true));
    view.apply(Change::Set { rows: vec![message(1, Status::Completed, vec!["<p>x</p>".into()])] });
    assert_eq!(row.status.get_untracked(), Status::Completed);
    let rows = view.rows.get_untracked();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].reasoning_open.get_untracked(), Some(true));
}

#[test]
fn a_row_that_settles_is_told_once() {
    let view = view(vec![message(1, Status::Running, vec![])]);
    let patch = |status| Change::Row {
        id: message_id(1),
        patch: Box::new(RowPatch { status: Some(status), ..RowPatch::default() }),
    };
    view.apply(patch(Status::Pending));
    assert_eq!(view.settled.get_untracked(), None);
    view.apply(patch(Status::Failed));
    assert_eq!(view.settled.get_untracked(), Some((message_id(1), Status::Failed)));
    view.settled.set(None);
    view.apply(patch(Status::Failed));
    assert_eq!(view.settled.get_untracked(), None);
}

/// A thread on the server, of rows numbered from 1, and what it answers.
struct Stored(i64);

impl Stored {
    fn row(sequence: i64) -> Message {
        let id = uuid::Uuid::from_u128(sequence as u128).into();
        Message { id, sequence, ..message(1, Status::Completed, vec!["<p>x</p>".into()]) }
    }

    fn older(&self, before: i64) -> Older {
        let from = i64::max(before - 30, 1);
        Older { messages: (from..before).map(Self::row).collect(), older: (from > 1).then_some(from) }
    }

    fn snapshot(&self) -> Snapshot {
        let head = ThreadHead {
            id: uuid::Uuid::nil().into(),
            title: None,
            model: None,
            run: None,
            origin: None,
            mended: false,
        };
        let Older { messages, older } = self.older(self.0 + 1);
        Snapshot { head, messages, older, seq: Seq::default() }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Wherever a reader goes, what is held is one stretch of the thread, no longer than it has to be; it says rightly
    /// where it ends, and at its end the thread is complete.
    #[test]
    fn a_window_is_one_stretch_of_the_thread(start in 1..400i64, steps in prop::collection::vec((0..3u8, 1..9i64), 0..120)) {
        let mut stored = Stored(start);
        let view = ThreadView::new(stored.snapshot());
        for (step, count) in steps {
            match (step, view.older.get_untracked(), view.next_cut()) {
                (0, Some(_), _) => (0..count).for_each(|n| match view.older.get_untracked() {
                    // Nearly always what is coming is waited for.
                    Some(_) if view.is_coming() && n % 3 > 0 => view.bring(),
                    Some(before) => view.prepend(stored.older(before)),
                    None => {}
                }),
                (1, _, Some(Cut::Before(before))) => view.extend(before, stored.older(before).messages),
                (1, _, Some(Cut::End)) => {
                    let snapshot = stored.snapshot();
                    let (from, edge) = (snapshot.messages[0].sequence, view.edge.get_untracked().unwrap());
                    view.rejoin((edge..from).map(Stored::row).collect(), snapshot);
                }
                (2, ..) => {
                    let rows = (stored.0 + 1..=stored.0 + count).map(Stored::row).collect();
                    stored.0 += count;
                    view.apply(Change::Append { rows });
                }
                _ => view.cut_beginning(),
            }
            let held: Vec<_> = view.rows.get_untracked().iter().map(|row| row.sequence).collect();
            let (first, last) = (held[0], *held.last().unwrap());
            prop_assert_eq!(held.len() as i64, last - first + 1, "one stretch: {:?}", held);
            prop_assert_eq!(view.older.get_untracked(), (first > 1).then_some(first));
            prop_assert_eq!(view.edge.get_untracked(), (last < stored.0).then_some(last + 1));
            prop_assert_eq!(view.index().rows.len(), held.len());
            // Rows that come at the end are only let go of by a reader who is there, or goes up.
            prop_assert!(held.len() <= 150 || step == 2 || view.edge.get_untracked().is_none());
        }
    }
}

#[test]
fn older_rows_come_bit_by_bit_and_what_happens_to_them_meanwhile_counts() {
    let sequences =
        |view: &ThreadView| view.rows.with_untracked(|rows| rows.iter().map(|row| row.sequence).collect::<Vec<_>>());
    let id = |sequence| Stored::row(sequence).id;
    let view = ThreadView::new(Stored(70).snapshot());
    view.prepend(Stored(70).older(41));
    assert_eq!((sequences(&view), view.older.get_untracked()), ((26..=70).collect(), Some(26)));
    assert!(view.is_coming());
    view.apply(Change::Remove { id: id(20) });
    let patch = RowPatch { status: Some(Status::Failed), ..RowPatch::default() };
    view.apply(Change::Row { id: id(22), patch: Box::new(patch) });
    view.bring();
    assert_eq!(
        (sequences(&view), view.older.get_untracked()),
        ((11..=70).filter(|row| *row != 20).collect(), Some(11))
    );
    assert_eq!(view.row(id(22)).unwrap().status.get_untracked(), Status::Failed);
    assert!(!view.is_coming());

    // Who sees the first of them sees what stands above all.
    let mut last = Stored(70).older(11);
    last.messages[0].role = Role::System;
    view.prepend(last);
    assert_eq!((sequences(&view)[0], view.older.get_untracked()), (1, None));
    view.bring();
    assert_eq!(sequences(&view).len(), 69);

    // What is made anew meanwhile is read again.
    for made_anew in [
        Change::Set { rows: (41..=70).map(Stored::row).collect() },
        Change::Path { after: 60, rows: Vec::new(), next: None },
    ] {
        let view = ThreadView::new(Stored(70).snapshot());
        view.prepend(Stored(70).older(41));
        view.apply(made_anew);
        let before = sequences(&view);
        view.bring();
        assert_eq!((sequences(&view), view.is_coming()), (before, false));
    }
    // So is what is not beside what is here any more.
    let view = ThreadView::new(Stored(70).snapshot());
    view.prepend(Stored(70).older(41));
    view.apply(Change::Append { rows: (71..=200).map(Stored::row).collect() });
    view.cut_beginning();
    let before = sequences(&view);
    view.bring();
    assert_eq!((sequences(&view), view.is_coming()), (before, false));
}

#[test]
fn a_message_that_is_sent_leaves_its_place_and_is_shown_anew() {
    let view = view(vec![message(1, Status::Running, Vec::new())]);
    let waits = |n, sequence| Message { sequence, ..message(n, Status::Pending, Vec::new()) };
    view.apply(Change::Append { rows: vec![waits(3, 100), waits(6, 101)] });
    let before = view.row(message_id(6)).unwrap().edition;
    let sent = Message { sequence: 2, ..message(6, Status::Completed, Vec::new()) };
    view.apply(Change::Append { rows: vec![sent, Message { sequence: 3, ..message(2, Status::Running, Vec::new()) }] });
    let order: Vec<_> = view.rows.with_untracked(|rows| rows.iter().map(|row| row.id).collect());
    assert_eq!(order, [1, 6, 2, 3].map(message_id));
    assert!(view.row(message_id(6)).unwrap().edition > before, "what is drawn by its name and edition is drawn anew");
}
