//! Where below its host's root the program is reached.

use std::{fmt, str::FromStr, sync::Arc};

/// The path that stands before every path of ours: empty, or `/skein`, without a slash at its end.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Base(Arc<str>);

/// Not a path that can stand before ours.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("a path such as /skein, of letters, digits, '-', '_', '~' and '.'")]
pub struct NotABase;

impl Base {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A path of ours as it is from outside.
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }

    /// A path from outside as it is to us: without this before it, if it has it.
    pub fn within<'a>(&self, path: &'a str) -> &'a str {
        match path.strip_prefix(&*self.0) {
            Some("") => "/",
            Some(rest) if rest.starts_with(['/', '?']) => rest,
            _ => path,
        }
    }
}

impl FromStr for Base {
    type Err = NotABase;

    /// Slashes at its ends may be there or not.
    fn from_str(text: &str) -> Result<Self, NotABase> {
        let text = text.trim_matches('/');
        let known = |byte: u8| byte.is_ascii_alphanumeric() || b"-_~.".contains(&byte);
        let segment =
            |part: &str| !part.is_empty() && !part.bytes().all(|byte| byte == b'.') && part.bytes().all(known);
        match text {
            "" => Ok(Self::default()),
            _ if text.split('/').all(segment) => Ok(Self(format!("/{text}").into())),
            _ => Err(NotABase),
        }
    }
}

impl fmt::Display for Base {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_read_with_and_without_slashes() {
        for (text, base) in
            [("", ""), ("/", ""), ("skein", "/skein"), ("/skein/", "/skein"), ("/a/b-c.d_~", "/a/b-c.d_~")]
        {
            assert_eq!(text.parse::<Base>().unwrap().as_str(), base, "{text}");
        }
        for text in ["/a//b", "/..", "/a/../b", "/.", "/a b", "/a?b", "/a#b", "/a\"b", "/ä", "https://a.b/c", "/%61"] {
            assert_eq!(text.parse::<Base>(), Err(NotABase), "{text}");
        }
    }

    #[test]
    fn is_put_before_a_path_and_taken_off() {
        let base: Base = "/skein".parse().unwrap();
        assert_eq!(base.at("/chat"), "/skein/chat");
        for (path, within) in [
            ("/skein", "/"),
            ("/skein/", "/"),
            ("/skein/chat?a=/skein", "/chat?a=/skein"),
            ("/skein?a", "?a"),
            ("/skeins/chat", "/skeins/chat"),
            ("/chat/skein", "/chat/skein"),
            ("/chat", "/chat"),
        ] {
            assert_eq!(base.within(path), within, "{path}");
        }
        assert_eq!(Base::default().within("/chat"), "/chat");
        assert_eq!(Base::default().at("/chat"), "/chat");
    }
}
