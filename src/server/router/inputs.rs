//! What each call takes, read off its own type: a line a call. A test sees to it that none is missing.

use std::{collections::HashMap, fmt};

use leptos::server_fn::{ContentType, Http, ServerFn, codec::PostUrl};
use serde::{
    Deserializer,
    de::{DeserializeOwned, Error, Visitor, value},
    forward_to_deserialize_any,
};

use crate::{
    api::{Json, accounts, messages, models, queue, settings, threads},
    server::http::Input,
};

/// By path.
pub fn all() -> HashMap<&'static str, Input> {
    HashMap::from([
        of::<accounts::ReadVisitor>(),
        of::<accounts::SignUp>(),
        of::<accounts::SignIn>(),
        of::<accounts::SignOut>(),
        of::<accounts::ChangePassword>(),
        of::<accounts::EndSessions>(),
        of::<messages::StartThread>(),
        of::<messages::Submit>(),
        of::<messages::Stop>(),
        of::<messages::Regenerate>(),
        of::<messages::GoOn>(),
        of::<messages::Edit>(),
        of::<messages::ShowVersion>(),
        of::<messages::CountBelow>(),
        of::<messages::RemoveMessage>(),
        of::<messages::Source>(),
        of::<models::List>(),
        of::<queue::EditQueued>(),
        of::<queue::RemoveQueued>(),
        of::<queue::SendQueued>(),
        of::<settings::ReadSettings>(),
        of::<settings::SaveSettings>(),
        of::<threads::Sidebar>(),
        of::<threads::ReadSnapshot>(),
        of::<threads::ReadOlder>(),
        of::<threads::FindPlace>(),
        of::<threads::Rename>(),
        of::<threads::Delete>(),
        of::<threads::Fork>(),
        of::<threads::ReadSystem>(),
        of::<threads::SetSystem>(),
    ])
}

/// The ways in which arguments come here.
trait Sent {
    const CONTENT_TYPE: &'static str;
}

impl<Output> Sent for Http<Json, Output> {
    const CONTENT_TYPE: &'static str = Json::CONTENT_TYPE;
}

impl<Output> Sent for Http<PostUrl, Output> {
    const CONTENT_TYPE: &'static str = PostUrl::CONTENT_TYPE;
}

fn of<Call: ServerFn<Protocol: Sent> + DeserializeOwned>() -> (&'static str, Input) {
    let mut fields: &'static [&'static str] = &[];
    // Ends with an error always: nothing is there to be read but the names.
    let _ = Call::deserialize(Names(&mut fields));
    (Call::PATH, Input { content_type: Call::Protocol::CONTENT_TYPE, fields })
}

/// Reads nothing, but notes the names that a struct asks for.
struct Names<'a>(&'a mut &'static [&'static str]);

impl<'de> Deserializer<'de> for Names<'_> {
    type Error = value::Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, value::Error> {
        *self.0 = fields;
        Err(value::Error::custom(fmt::Error))
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, value::Error> {
        Err(value::Error::custom(fmt::Error))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use leptos::server_fn::axum::server_fn_paths;

    use super::all;

    #[test]
    fn every_call_is_in_the_list() {
        let listed: BTreeSet<_> = all().into_keys().collect();
        let there: BTreeSet<_> = server_fn_paths().map(|(path, _)| path).collect();
        assert_eq!(listed, there, "a call without its line here would let unknown fields pass");
        assert_eq!(all()["/rpc/threads/rename"].fields, ["id", "title"]);
        assert_eq!(all()["/rpc/threads/rename"].content_type, "application/x-www-form-urlencoded");
        assert_eq!(all()["/rpc/threads/older"].content_type, "application/json");
    }
}
