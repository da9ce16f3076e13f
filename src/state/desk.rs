//! What every chat page needs besides its thread.

use serde::{Deserialize, Serialize};

use crate::{
    api,
    model::{Error, Models, SidebarPage, Visitor},
};

/// Who is there, their list of threads and what they can talk to. Loaded once, with the first page.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Desk {
    pub visitor: Visitor,
    /// None where nobody is signed in.
    pub sidebar: Option<SidebarPage>,
    pub models: Models,
}

impl Desk {
    /// Loads it with this page of the list of threads, from 0.
    pub async fn load(page: u32) -> Result<Self, Error> {
        let visitor = api::accounts::visitor().await?;
        if visitor.account.is_none() {
            return Ok(Self { visitor, sidebar: None, models: Models::default() });
        }
        let sidebar = Some(api::threads::sidebar(page).await?);
        Ok(Self { visitor, sidebar, models: api::models::list(false).await? })
    }
}
