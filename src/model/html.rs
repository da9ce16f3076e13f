//! Text becomes HTML here and nowhere else.

/// Appends `text` as the text of an element. NUL, which HTML does not know, becomes U+FFFD.
pub fn push_text(html: &mut String, text: &str) {
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
pub fn push_attribute(html: &mut String, text: &str) {
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
        assert_eq!(with(super::push_text, "a<b>&\"\0ü"), "a&lt;b&gt;&amp;\"\u{FFFD}ü");
        assert_eq!(with(super::push_attribute, "\"'<&>"), "&quot;&#39;&lt;&amp;&gt;");
    }
}
