//! Markdown becomes blocks of safe HTML, also while it is still being written.
//!
//! Safe means: every tag and attribute is written by this module; no HTML of the source passes; links lead to `http`,
//! `https` and `mailto` only; no image of another site is loaded before the reader asks for it.

mod autolink;
mod calm;
mod closed;
mod diff;
mod document;
mod escape;
mod fence;
mod hold;
mod known;
mod link;
mod parse;
mod prose;
mod settled;
#[cfg(test)]
pub(crate) mod tests;
mod update;
mod url;
mod write;
mod zone;

pub use document::Document;

/// The blocks of a whole text.
pub fn render(markdown: &str) -> Vec<String> {
    let mut document = Document::new();
    document.write(markdown);
    document.finish();
    document.into_blocks()
}

/// A person's own words as one block: they are not Markdown, and their line breaks are kept by the style sheet. Nothing
/// is none.
pub fn plain(text: &str) -> Vec<String> {
    if text.is_empty() {
        return Vec::new();
    }
    let mut html = String::from("<p class=\"plain\" dir=\"auto\">");
    escape::text(&mut html, text);
    html.push_str("</p>");
    vec![html]
}
