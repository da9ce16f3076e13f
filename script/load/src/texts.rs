//! What people ask and models answer, of the usual size and shape.

/// What a scripted answer repeats: some 2 KB of everything that text is made of.
pub const SECTION: &str = include_str!("texts/section.md");
/// What one repeats that is a single paragraph.
pub const PARAGRAPH: &str = include_str!("texts/paragraph.txt");
/// Finished answers, separated by a line of `=`.
const ANSWERS: &str = include_str!("texts/answers.md");

const QUESTIONS: [&str; 7] = [
    "Why is the median fine but the 99th percentile ten times worse since the batch job moved to ten o'clock?",
    "Show me how to do that in Rust, please.",
    "And what would change with PostgreSQL?",
    "Compare the two in a table. I care about the time it takes, what it needs of memory, and how it fails.",
    "Can you shorten that to three sentences for the report?",
    "Write the test for it. It should fail before the fix and pass after it, and not depend on how fast the machine is.",
    "What did you mean by back pressure? I have read about it in connection with streams, but there it seemed to be \
     something that a library does, and here you say that I have to decide it. Where is the limit, who notices that it \
     is reached, and what happens to the ones that come after it?",
];

/// The question so many turns before a thread's end: threads of every length end alike.
pub fn question(from_end: usize) -> &'static str {
    QUESTIONS[from_end % QUESTIONS.len()]
}

/// The answer there.
pub fn answer(from_end: usize) -> &'static str {
    let answers = ANSWERS.split("\n====\n").count();
    ANSWERS.split("\n====\n").nth(from_end % answers).unwrap_or_default().trim()
}
