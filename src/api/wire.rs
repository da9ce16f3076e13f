//! How arguments, answers and a page's data cross the wire: as JSON, which the browser reads by its own parser.

use leptos::{
    server::codee::{Decoder, Encoder},
    server_fn::{Bytes, ContentType, Decodes, Encodes, Format, FormatType, codec::Post},
};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    browser::{self, Unreadable},
    model::Error,
};

/// JSON, of a call's arguments or answer and of a resource.
pub struct Wire;

/// JSON in the body of a POST, and in its answer.
pub type Json = Post<Wire>;

/// Posts a form's body to a call of ours, whichever it is: what is returned is its answer as JSON.
pub async fn post(action: String, body: String) -> Result<String, Error> {
    browser::post(action, body).await.map_err(|refused| match refused {
        Some(text) => browser::read_json(&text).unwrap_or(Error::Offline),
        None => Error::Offline,
    })
}

impl FormatType for Wire {
    const FORMAT_TYPE: Format = Format::Text;
}

impl ContentType for Wire {
    const CONTENT_TYPE: &'static str = "application/json";
}

impl<T: Serialize> Encodes<T> for Wire {
    type Error = serde_json::Error;

    fn encode(value: &T) -> Result<Bytes, Self::Error> {
        serde_json::to_vec(value).map(Bytes::from)
    }
}

impl<T: DeserializeOwned> Decodes<T> for Wire {
    type Error = Unreadable;

    fn decode(bytes: Bytes) -> Result<T, Unreadable> {
        browser::read_json(str::from_utf8(&bytes).map_err(|_| Unreadable)?)
    }
}

impl<T: Serialize> Encoder<T> for Wire {
    type Error = serde_json::Error;
    type Encoded = String;

    fn encode(value: &T) -> Result<String, Self::Error> {
        serde_json::to_string(value)
    }
}

impl<T: DeserializeOwned> Decoder<T> for Wire {
    type Error = Unreadable;
    type Encoded = str;

    fn decode(text: &str) -> Result<T, Unreadable> {
        browser::read_json(text)
    }
}
