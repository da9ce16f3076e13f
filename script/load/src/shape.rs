//! The shape of a seeded thread, numbered as the program does it: see `src/server/store/tree`.

use std::collections::BTreeMap;

/// How far down the first of a tree's versions are, and how far above its end the last.
pub const EARLY: usize = 10;
const LATE: usize = 10;

/// A row's place. Rows are known by their number from 1, which is their sequence.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Place {
    /// 0 at the top.
    pub parent: usize,
    pub depth: usize,
    pub jump: usize,
    pub version: usize,
    /// The first of those with the same parent.
    pub group: usize,
    pub children: usize,
}

/// The places of all rows of a thread, by number; the one before the first is what stands above it.
pub struct Shape(Vec<Place>);

impl Shape {
    /// Each row follows the one before.
    pub fn line(rows: usize) -> Self {
        Self::of(0..rows)
    }

    /// A line, but for two places at which a row has so many versions (an even number, at least 2): an early question, of
    /// which the one in the middle has all the rest below it, and an answer near the end, of which the last leads there.
    /// `rows` is an even number, and more than those need.
    pub fn tree(rows: usize, versions: usize) -> Self {
        let late = Self::late(rows, versions);
        Self::of((0..rows).map(|before| match before + 1 {
            row if (EARLY + 1..=EARLY + versions).contains(&row) => EARLY,
            row if row == EARLY + versions + 1 => EARLY + versions / 2,
            row if (late + 1..=late + versions).contains(&row) => late,
            _ => before,
        }))
    }

    /// The question near the end whose answer has versions.
    pub fn late(rows: usize, versions: usize) -> usize {
        rows - versions - LATE
    }

    fn of(parents: impl Iterator<Item = usize>) -> Self {
        let mut rows = vec![Place { parent: 0, depth: 0, jump: 0, version: 0, group: 0, children: 0 }];
        let mut groups = BTreeMap::new();
        for (row, parent) in (1..).zip(parents) {
            rows[parent].children += 1;
            let (depth, version) = (rows[parent].depth + 1, rows[parent].children);
            let (near, far) = (rows[parent].jump, rows[rows[parent].jump].jump);
            let even = rows[parent].depth - rows[near].depth == rows[near].depth - rows[far].depth;
            // As far again as the parent's last two jumps, where these are equally long.
            let jump = match depth {
                1 => row,
                _ if even => far,
                _ => parent,
            };
            let group = *groups.entry(parent).or_insert(row);
            rows.push(Place { parent, depth, jump, version, group, children: 0 });
        }
        Self(rows)
    }

    /// The number of the last row.
    pub fn rows(&self) -> usize {
        self.0.len() - 1
    }

    /// Whether no row has another version.
    pub fn is_line(&self) -> bool {
        self.0.iter().all(|place| place.children <= 1)
    }

    pub fn place(&self, row: usize) -> &Place {
        &self.0[row]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_has_its_versions_where_it_says() {
        let shape = Shape::tree(50, 2);
        let late = Shape::late(50, 2);
        assert_eq!((shape.rows(), shape.place(EARLY).children, shape.place(late).children), (50, 2, 2));
        // What has versions is a question above, and an answer below; the last row is an answer.
        assert_eq!((shape.place(EARLY).depth % 2, shape.place(late).depth % 2, shape.place(50).depth % 2), (0, 1, 0));
        assert_eq!((shape.place(EARLY + 1).children, shape.place(EARLY + 2).children), (1, 0));
        let newest = shape.place(late + 2);
        assert_eq!((newest.version, newest.group, newest.children), (2, late + 1, 1));
    }

    #[test]
    fn jumps_are_those_of_the_skew_binary_numbers() {
        let line = Shape::line(8);
        let jumps: Vec<_> = (1..=8).map(|row| line.place(row).jump).collect();
        assert_eq!(jumps, [1, 1, 2, 1, 4, 5, 4, 1]);
    }
}
