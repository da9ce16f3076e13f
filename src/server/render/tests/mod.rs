//! What holds for the module as a whole.

mod commonmark;
mod gfm;
mod html;
pub(crate) mod safety;
mod stream;
mod texts;
