//! Who is looking.

use serde::{Deserialize, Serialize};

use super::{Preferences, UserId};

/// A person's account as the person sees it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Account {
    pub id: UserId,
    pub email: String,
    pub name: String,
    pub role: Role,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Admin,
    User,
}

impl Role {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::User => "user",
        }
    }
}

/// How people are told apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthMode {
    /// One local person, nobody signs in; only on a loopback address.
    None,
    Password,
}

/// What the page knows about whoever opened it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Visitor {
    /// None: nobody is signed in.
    pub account: Option<Account>,
    pub auth: AuthMode,
    /// There is no account yet: the next one made is the administrator's.
    pub first: bool,
    /// Anybody may make an account.
    pub signup: bool,
    /// What the person chose; the defaults where nobody is signed in.
    pub preferences: Preferences,
}
