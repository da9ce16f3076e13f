//! Small helpers between Rust values and columns.

use serde::{Deserialize, Serialize, de::DeserializeOwned, de::value::StrDeserializer};
use sqlx::{Row, any::AnyRow};
use uuid::Uuid;

/// A query with its arguments, `$1` first.
macro_rules! sql {
    ($text:expr $(, $argument:expr)* $(,)?) => { sqlx::query::<sqlx::Any>($text)$(.bind($argument))* };
}

/// The same, read as rows of a type.
macro_rules! sql_as {
    ($row:ty, $text:expr $(, $argument:expr)* $(,)?) => {
        sqlx::query_as::<sqlx::Any, $row>($text)$(.bind($argument))*
    };
}

pub(super) use {sql, sql_as};

fn unreadable(error: impl std::error::Error + Send + Sync + 'static) -> sqlx::Error {
    sqlx::Error::Decode(Box::new(error))
}

/// An id.
pub(super) fn id<T: From<Uuid>>(row: &AnyRow, column: &str) -> Result<T, sqlx::Error> {
    Uuid::parse_str(row.try_get(column)?).map(T::from).map_err(unreadable)
}

/// An id that may be missing.
pub(super) fn maybe_id<T: From<Uuid>>(row: &AnyRow, column: &str) -> Result<Option<T>, sqlx::Error> {
    let text: Option<String> = row.try_get(column)?;
    text.map(|text| Uuid::parse_str(&text).map(T::from).map_err(unreadable)).transpose()
}

/// One of a closed set of words.
pub(super) fn word<'r, T: Deserialize<'r>>(row: &'r AnyRow, column: &str) -> Result<T, sqlx::Error> {
    let text: &str = row.try_get(column)?;
    T::deserialize(StrDeserializer::<serde::de::value::Error>::new(text)).map_err(unreadable)
}

/// A JSON text.
pub(super) fn json<T: DeserializeOwned>(row: &AnyRow, column: &str) -> Result<T, sqlx::Error> {
    serde_json::from_str(row.try_get(column)?).map_err(unreadable)
}

/// The same, to be stored. NUL, which PostgreSQL does not take in any text, is escaped in JSON and so is safe there.
pub(super) fn to_json(value: &impl Serialize) -> Result<String, sqlx::Error> {
    serde_json::to_string(value).map_err(|error| sqlx::Error::Encode(Box::new(error)))
}

/// A text for a plain column: without NUL, at most so many characters.
pub(super) fn plain(text: &str, characters: usize) -> String {
    text.chars().filter(|c| *c != '\0').take(characters).collect()
}
