//! Small parts that know nothing but the words of the model.

mod icon;
mod spinner;

pub use icon::{Brand, Icon, Shape, push_icon};
pub use spinner::{Ring, Spinner};
