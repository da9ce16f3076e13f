//! Text becomes HTML here and nowhere else.

/// Appends `text` as the text of an element. NUL, which HTML does not know, becomes U+FFFD.
pub(super) fn text(html: &mut String, text: &str) {
    escape(html, text, |byte| match byte {
        b'&' => Some("&amp;"),
        b'<' => Some("&lt;"),
        b'>' => Some("&gt;"),
        b'\0' => Some("\u{FFFD}"),
        _ => None,
    });
}

/// Appends `text` as the value of an attribute in double quotes. No `<` or `>` is left in it: the place of an insertion
/// is found by looking for tags from the end of a block.
pub(super) fn attribute(html: &mut String, text: &str) {
    escape(html, text, |byte| match byte {
        b'&' => Some("&amp;"),
        b'<' => Some("&lt;"),
        b'>' => Some("&gt;"),
        b'"' => Some("&quot;"),
        b'\'' => Some("&#39;"),
        b'\0' => Some("\u{FFFD}"),
        _ => None,
    });
}

/// Appends a URL as the value of an attribute: what may not stand in a URL is percent-encoded, the encoding that is
/// already there is left alone.
pub(super) fn url(html: &mut String, url: &str) {
    for byte in url.bytes() {
        match byte {
            b'&' => html.push_str("&amp;"),
            b'\'' => html.push_str("&#39;"),
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => html.push(char::from(byte)),
            _ if b"-_.+!*(),%#@?=;:/$~".contains(&byte) => html.push(char::from(byte)),
            _ => {
                html.push('%');
                for nibble in [byte >> 4, byte & 15] {
                    html.push(char::from(b"0123456789ABCDEF"[usize::from(nibble)]));
                }
            }
        }
    }
}

fn escape(html: &mut String, text: &str, entity: impl Fn(u8) -> Option<&'static str>) {
    let mut done = 0;
    for (at, byte) in text.bytes().enumerate() {
        if let Some(entity) = entity(byte) {
            html.push_str(&text[done..at]);
            html.push_str(entity);
            done = at + 1;
        }
    }
    html.push_str(&text[done..]);
}

#[cfg(test)]
mod tests {
    #[test]
    fn nothing_leaves_its_place() {
        let with = |f: fn(&mut String, &str), text| {
            let mut html = String::new();
            f(&mut html, text);
            html
        };
        assert_eq!(with(super::text, "a<b>&\"\0ü"), "a&lt;b&gt;&amp;\"\u{FFFD}ü");
        assert_eq!(with(super::attribute, "\"'<&>"), "&quot;&#39;&lt;&amp;&gt;");
        assert_eq!(with(super::url, "http://ä/\"<% %20&'\t"), "http://%C3%A4/%22%3C%%20%20&amp;&#39;%09");
    }
}
