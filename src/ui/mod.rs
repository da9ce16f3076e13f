//! Pages and components. They are rendered on the server and come alive in the browser, the same on both sides: no
//! clock, no locale and no chance in a view.

pub mod account;
pub mod app;
pub mod dynamic;
pub mod index;
pub mod keys;
pub mod layout;
pub mod lead;
mod markup;
pub mod missing;
pub mod overlay;
pub mod parts;
pub mod preferences;
pub mod rename;
pub mod sent;
pub mod settings;
pub mod shell;
pub mod sidebar;
pub mod signs;
pub mod status;
pub mod tab;
pub mod thread;
pub mod time;
pub mod widgets;
pub mod words;

pub use app::App;
pub use shell::shell;
pub use status::HttpStatus;
