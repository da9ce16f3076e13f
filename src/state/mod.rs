//! What the browser holds of the server's truth, as signals that events are folded into. On the server the same types
//! are made once per page, to render it.

pub mod blocks;
pub mod connection;
pub mod desk;
pub mod draft;
pub mod follow;
pub mod opened;
pub mod page;
pub mod person;
pub mod row;
pub mod sidebar;
pub mod submits;
pub mod thread;

pub use blocks::Blocks;
pub use connection::{Connection, Link};
pub use desk::Desk;
pub use follow::Follow;
pub use opened::{Opened, QUESTIONS};
pub use page::{PageData, ThreadData, page_data};
pub use person::PersonView;
pub use row::Row;
pub use sidebar::{SidebarRow, SidebarView};
pub use submits::Submits;
pub use thread::ThreadView;
