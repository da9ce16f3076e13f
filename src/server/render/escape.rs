//! Text and URLs of a message as parts of its HTML.

pub(super) use crate::model::html::{push_attribute as attribute, push_text as text};

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

#[cfg(test)]
mod tests {
    #[test]
    fn a_url_does_not_leave_its_place() {
        let mut html = String::new();
        super::url(&mut html, "http://ä/\"<% %20&'\t");
        assert_eq!(html, "http://%C3%A4/%22%3C%%20%20&amp;&#39;%09");
    }
}
