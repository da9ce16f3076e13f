//! What holds for the module as a whole.

mod commonmark;
mod gfm;
mod html;
mod safety;
mod stream;
