//! What the store should have, in memory.

use crate::model::{MessageId, Role, RunId, Status, ThreadId};

#[derive(Default)]
pub struct Expected {
    pub threads: Vec<Thread>,
    /// What was deleted, to be asked for again.
    pub gone: Vec<Thread>,
}

#[derive(Clone)]
pub struct Thread {
    pub id: ThreadId,
    pub rows: Vec<Row>,
    pub leaf: Option<usize>,
    /// The last run and the answer it writes.
    pub run: (RunId, usize),
    pub running: bool,
    pub last: i64,
    pub title: &'static str,
}

#[derive(Clone)]
pub struct Row {
    pub id: MessageId,
    pub parent: Option<usize>,
    pub role: Role,
    pub status: Status,
    pub text: String,
    /// What of it had been said before the run that writes it.
    pub base: String,
    pub tokens: i64,
    /// It was removed.
    pub gone: bool,
}

impl Thread {
    pub fn path(&self) -> Vec<usize> {
        let mut path: Vec<usize> = std::iter::successors(self.leaf, |&row| self.rows[row].parent).collect();
        path.reverse();
        path
    }

    /// Those with this parent, the oldest first.
    pub fn versions(&self, parent: Option<usize>) -> Vec<usize> {
        (0..self.rows.len()).filter(|&row| !self.rows[row].gone && self.rows[row].parent == parent).collect()
    }

    pub fn newest_below(&self, row: usize) -> usize {
        self.versions(Some(row)).last().map_or(row, |&child| self.newest_below(child))
    }

    pub fn below(&self, row: usize) -> Vec<usize> {
        let mut all = vec![row];
        self.versions(Some(row)).into_iter().for_each(|child| all.extend(self.below(child)));
        all
    }

    pub fn push(&mut self, id: MessageId, parent: Option<usize>, role: Role, text: &str) -> usize {
        let status = if role == Role::User || !text.is_empty() { Status::Completed } else { Status::Running };
        let (text, base) = (text.to_owned(), String::new());
        self.rows.push(Row { id, parent, role, status, text, base, tokens: 0, gone: false });
        self.rows.len() - 1
    }

    pub fn answered_by(&mut self, run: RunId, answer: usize, now: i64) {
        (self.leaf, self.run, self.running) = (Some(answer), (run, answer), true);
        self.last = self.last.max(now);
    }

    /// One of the rows, or one that was removed, or none.
    pub fn row(&self, n: usize) -> Option<usize> {
        (!self.rows.is_empty()).then(|| n % self.rows.len())
    }
}

pub fn pick<T>(all: &mut [T], n: usize) -> Option<&mut T> {
    // One in so many is nobody.
    let at = n % (all.len() + 1);
    all.get_mut(at)
}
