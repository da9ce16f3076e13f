//! The session cookie: not readable by scripts, not sent along with what other sites' pages send.

use std::time::Duration;

use super::token;
use crate::model::Base;

/// Its name.
pub const NAME: &str = "skein_session";
/// How long a browser keeps it.
pub const MAX_AGE: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// The session's token in the value of a `Cookie` header. What cannot be one is passed over.
pub fn get(header: &str) -> Option<String> {
    header
        .split(';')
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(name, _)| *name == NAME)
        .map(|(_, value)| value.trim_matches('"'))
        .find(|value| token::is_shaped(value))
        .map(str::to_owned)
}

/// The value of a `Set-Cookie` header that signs a browser in, for what is below `base`. `secure`: it is only ever sent
/// over HTTPS.
pub fn set(token: &str, age: Duration, base: &Base, secure: bool) -> String {
    let secure = if secure { "; Secure" } else { "" };
    let path = if base.is_empty() { "/" } else { base.as_str() };
    format!("{NAME}={token}; Path={path}; Max-Age={}; HttpOnly; SameSite=Lax{secure}", age.as_secs())
}

/// The value of a `Set-Cookie` header that makes a browser forget it.
pub fn clear(base: &Base, secure: bool) -> String {
    set("", Duration::ZERO, base, secure)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_found_among_others() {
        let token = token::fresh();
        for header in [
            format!("{NAME}={token}"),
            format!("a=b; {NAME}={token}; c=d=e"),
            format!("a=b;{NAME}=\"{token}\""),
            format!("{NAME}=stale; {NAME}={token}"),
        ] {
            assert_eq!(get(&header), Some(token.clone()), "{header}");
        }
        for header in [String::new(), "a=b".into(), format!("x{NAME}={token}"), format!("{NAME}={token}0"), NAME.into()]
        {
            assert_eq!(get(&header), None, "{header}");
        }
    }

    #[test]
    fn is_set_and_cleared() {
        let set = set("t", MAX_AGE, &Base::default(), true);
        assert_eq!(set, "skein_session=t; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax; Secure");
        assert_eq!(clear(&Base::default(), false), "skein_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax");
        let below = "/skein/".parse().unwrap();
        assert_eq!(clear(&below, false), "skein_session=; Path=/skein; Max-Age=0; HttpOnly; SameSite=Lax");
    }
}
