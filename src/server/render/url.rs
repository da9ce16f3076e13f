//! Which addresses may stand in a message.

/// Longer than this is no address a person follows; with references such a text would be repeated at will.
const LONGEST: usize = 4096;

/// The address of a link, where it may be one: to another site, or a mail address.
pub(super) fn link(url: &str) -> Option<&str> {
    let url = url.trim_matches(|c: char| c.is_ascii_control() || c == ' ');
    let known = ["http://", "https://", "mailto:"].iter().any(|scheme| starts_with(url, scheme));
    (known && url.len() <= LONGEST).then_some(url)
}

/// What an image is to us.
pub(super) enum Image<'a> {
    /// Somebody's server would learn who reads this and when: loaded when the reader asks for it.
    Remote(&'a str),
    /// Is all there.
    Inline(&'a str),
    Refused,
}

pub(super) fn image(url: &str) -> Image<'_> {
    match link(url) {
        Some(url) if !starts_with(url, "mailto:") => Image::Remote(url),
        _ if is_inline_image(url) => Image::Inline(url),
        _ => Image::Refused,
    }
}

/// The host of an address with `//`, as text.
pub(super) fn host(url: &str) -> &str {
    let rest = url.split_once("//").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or(rest);
    authority.rsplit('@').next().unwrap_or(authority)
}

/// SVG is left out on purpose: it is a document that can hold scripts.
fn is_inline_image(url: &str) -> bool {
    ["png", "jpeg", "gif", "webp"].iter().any(|kind| {
        let head = format!("data:image/{kind};base64,");
        starts_with(url, &head)
            && url[head.len()..].bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte))
    })
}

fn starts_with(url: &str, scheme: &str) -> bool {
    url.get(..scheme.len()).is_some_and(|head| head.eq_ignore_ascii_case(scheme))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_these_schemes_are_links() {
        for good in ["http://a", "HTTPS://a/b", "mailto:a@b", " https://a "] {
            assert!(link(good).is_some(), "{good}");
        }
        for bad in
            ["", "/a", "//a", "#a", "javascript:alert(1)", "java\tscript:x", "data:text/html,x", "http:a", "ftp://a"]
        {
            assert!(link(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn images_are_remote_inline_or_refused() {
        assert!(matches!(image("https://a/b.png"), Image::Remote(_)));
        assert!(matches!(image("data:image/png;base64,AAAA=="), Image::Inline(_)));
        for bad in
            ["data:image/svg+xml;base64,AAAA", "data:image/png,x", "data:image/png;base64,\"x", "mailto:a@b", "/a.png"]
        {
            assert!(matches!(image(bad), Image::Refused), "{bad}");
        }
    }

    #[test]
    fn a_host_is_what_is_asked() {
        assert_eq!(host("https://user:pw@example.com:80/a?b"), "example.com:80");
        assert_eq!(host("https://example.com\\@other"), "example.com");
    }
}
