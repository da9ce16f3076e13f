//! Small parts that know nothing but the words of the model.

mod icon;
mod spinner;

pub use icon::{Brand, Icon, Shape};
pub use spinner::{Ring, Spinner};
