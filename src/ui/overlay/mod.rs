//! What lies over the page: dialogs and toasts.

mod confirm;
mod dialog;
mod failed;
mod models;
mod toast;

pub use confirm::{ConfirmDelete, Doomed};
pub use dialog::{CloseButton, Dialog};
pub use failed::{FailedDialog, FailedRun};
pub use models::{ConnectModel, ModelHelp};
pub use toast::{ToastList, Toasts};
