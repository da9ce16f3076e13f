//! What a person may call themselves and choose as a password. What is refused has a stable code, which the catalogue
//! has words for.

const SHORTEST_PASSWORD: usize = 8;
/// Argon2 takes more, but nobody types more; what is hashed stays small.
const LONGEST_PASSWORD: usize = 256;
const LONGEST_NAME: usize = 80;
/// Of a whole address and of what stands before its `@` (RFC 5321).
const LONGEST_EMAIL: usize = 254;
const LONGEST_LOCAL_PART: usize = 64;

/// Every code that is used here.
pub const CODES: [&str; 5] =
    ["name_empty", "name_too_long", "email_invalid", "password_too_short", "password_too_long"];

/// A name as it is kept: on one line, without what cannot be seen; 1 to 80 characters.
pub fn name(text: &str) -> Result<String, &'static str> {
    let seen: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let name = seen.split_whitespace().collect::<Vec<_>>().join(" ");
    match name.chars().count() {
        0 => Err("name_empty"),
        count if count > LONGEST_NAME => Err("name_too_long"),
        _ => Ok(name),
    }
}

/// An e-mail address as it is kept: in lower case. Only its shape is looked at; whether it can be reached nobody knows
/// before writing to it. A host without a dot is one of a local network.
pub fn email(text: &str) -> Result<String, &'static str> {
    let email = text.trim().to_lowercase();
    let Some((local, host)) = email.rsplit_once('@') else { return Err("email_invalid") };
    let odd = |c: char| c.is_whitespace() || c.is_control() || "\"(),:;<>[\\]".contains(c);
    let dots = |part: &str| part.starts_with('.') || part.ends_with('.') || part.contains("..");
    let sound = email.len() <= LONGEST_EMAIL
        && (1..=LONGEST_LOCAL_PART).contains(&local.len())
        && !host.is_empty()
        && !email.contains(odd)
        && !local.contains('@')
        && !dots(local)
        && !dots(host)
        && host.chars().all(|c| c.is_alphanumeric() || c == '.' || c == '-');
    if sound { Ok(email) } else { Err("email_invalid") }
}

/// Whether a password may be chosen: 8 to 256 characters, of any kind (longer is what makes one strong).
pub fn acceptable(password: &str) -> Result<(), &'static str> {
    match password.chars().count() {
        count if count < SHORTEST_PASSWORD => Err("password_too_short"),
        count if count > LONGEST_PASSWORD => Err("password_too_long"),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        assert_eq!(name("  Ada \n Lovelace\t"), Ok("Ada Lovelace".into()));
        assert_eq!(name("李"), Ok("李".into()));
        assert_eq!(name(" \0 "), Err("name_empty"));
        assert_eq!(name(&"ä".repeat(80)), Ok("ä".repeat(80)));
        assert_eq!(name(&"a".repeat(81)), Err("name_too_long"));
    }

    #[test]
    fn addresses() {
        for (text, kept) in [
            (" Ada@Example.ORG ", "ada@example.org"),
            ("a.b+c@x-y.example", "a.b+c@x-y.example"),
            ("root@server", "root@server"),
            ("jörg@münchen.example", "jörg@münchen.example"),
        ] {
            assert_eq!(email(text).as_deref(), Ok(kept));
        }
        let long = format!("{}@example.org", "a".repeat(65));
        for text in [
            "",
            "@",
            "a@",
            "@b",
            "no address",
            "a b@c",
            "a@b c",
            "a@b@c",
            "a@.b",
            "a@b.",
            "a@b..c",
            ".a@b",
            "a@b/c",
            "a\r\n@b",
            "<a@b>",
            "a@[::1]",
            "local",
            &long,
        ] {
            assert_eq!(email(text), Err("email_invalid"), "{text:?}");
        }
    }

    #[test]
    fn passwords() {
        assert_eq!(acceptable("1234567"), Err("password_too_short"));
        assert_eq!(acceptable("12345678"), Ok(()));
        assert_eq!(acceptable("пароль12"), Ok(()), "characters are counted, not bytes");
        assert_eq!(acceptable(&"x".repeat(256)), Ok(()));
        assert_eq!(acceptable(&"x".repeat(257)), Err("password_too_long"));
    }

    #[test]
    fn every_code_is_listed() {
        let refused = [name("").err(), name(&"a".repeat(99)).err(), email("").err(), acceptable("").err()];
        let refused = refused.into_iter().chain([acceptable(&"x".repeat(999)).err()]);
        assert_eq!(refused.flatten().collect::<Vec<_>>(), CODES);
    }
}
