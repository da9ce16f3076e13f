//! Other people's texts made fit to be shown: plain words, one line, short.

use serde_json::Value;

/// The most characters shown of what a provider said.
const MAX_SHOWN: usize = 500;

/// What an error body says, in one line: the message of its JSON, the words of its HTML page, or its text. None: it
/// says nothing.
pub(super) fn message(body: &str) -> Option<String> {
    let body = body.trim_start_matches('\u{feff}').trim();
    let text = match serde_json::from_str::<Value>(body) {
        Ok(value) => json_message(&value)?,
        Err(_) if body.starts_with('<') => html_words(body),
        Err(_) => body.to_owned(),
    };
    clean(&text)
}

/// The message in an error object, in the shapes servers use: `{"error": {"message"}}`, `{"error": "…"}`,
/// `{"message"}`, `{"detail": "…"}`, `{"detail": [{"msg"}]}`, each possibly alone in a list.
pub(super) fn json_message(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(items) => items.first().and_then(json_message),
        Value::Object(fields) => ["error", "message", "detail", "msg", "title"]
            .iter()
            .find_map(|name| fields.get(*name).and_then(json_message))
            .filter(|text| !text.is_empty()),
        _ => None,
    }
}

/// One line without control characters. None: nothing is left.
pub(super) fn clean(text: &str) -> Option<String> {
    let mut line = String::new();
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.extend(word.chars().filter(|c| !invisible(*c)));
    }
    let line = line.trim();
    (!line.is_empty()).then(|| line.to_owned())
}

/// At most 500 characters of it.
pub(super) fn cut(mut line: String) -> String {
    if let Some((end, _)) = line.char_indices().nth(MAX_SHOWN)
        && let Some((last, _)) = line[..end].char_indices().next_back()
    {
        line.truncate(last);
        line.push('…');
    }
    line
}

/// Characters that turn a text round or hide in it.
fn invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// The title of an HTML page, or its words where it has none.
fn html_words(page: &str) -> String {
    let title =
        between(page, "<title", "</title").and_then(|inner| inner.split_once('>')).map(|(_, title)| words(title));
    title.filter(|title| !title.trim().is_empty()).unwrap_or_else(|| words(page))
}

/// What lies between two tags, whatever their case.
fn between<'a>(page: &'a str, open: &str, close: &str) -> Option<&'a str> {
    // ASCII case keeps the length, so places in the copy are places in the page.
    let lower = page.to_ascii_lowercase();
    let start = lower.find(open)? + open.len();
    let end = start + lower[start..].find(close)?;
    Some(&page[start..end])
}

/// HTML without its tags, scripts and styles.
fn words(html: &str) -> String {
    let lower = html.to_ascii_lowercase();
    let mut text = String::new();
    let mut at = 0;
    while let Some(open) = html[at..].find('<').map(|open| at + open) {
        text.push_str(&html[at..open]);
        text.push(' ');
        let end = match ["script", "style", "!--"].iter().find(|name| lower[open + 1..].starts_with(**name)) {
            Some(&"!--") => lower[open..].find("-->").map(|end| open + end + 2),
            Some(name) => lower[open..]
                .find(&format!("</{name}"))
                .and_then(|close| lower[open + close..].find('>').map(|end| open + close + end)),
            None => html[open..].find('>').map(|end| open + end),
        };
        at = end.map_or(html.len(), |end| end + 1);
    }
    text.push_str(&html[at..]);
    [("&nbsp;", " "), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")]
        .iter()
        .fold(text, |text, (name, c)| text.replace(name, c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_become_words() {
        let cases = [
            (r#"{"error":{"message":"no such model","type":"x"}}"#, Some("no such model")),
            (r#"{"error":"no such model"}"#, Some("no such model")),
            (r#"{"object":"error","message":"too long","code":400}"#, Some("too long")),
            (r#"{"detail":"Not Found"}"#, Some("Not Found")),
            (r#"{"detail":[{"loc":["body"],"msg":"field required"}]}"#, Some("field required")),
            (r#"[{"error":{"message":"bad key"}}]"#, Some("bad key")),
            (r#"{"error":{"message":"","code":1}}"#, None),
            (r#"{"ok":true}"#, None),
            ("Bad Gateway\r\n", Some("Bad Gateway")),
            ("", None),
            (
                "<html><head><TITLE>502 Bad\nGateway</TITLE></head><body><h1>x</h1></body></html>",
                Some("502 Bad Gateway"),
            ),
            (
                "<!DOCTYPE html><style>p{}</style><script>alert(1)</script><!-- > --><p>We&amp;I are <b>down</b>",
                Some("We&I are down"),
            ),
            ("<title></title><p>words</p><broken", Some("words")),
            ("<script>never closed", None),
            ("a\u{202e}b\u{0}c\u{7}\n\td", Some("ab c d")),
        ];
        for (body, words) in cases {
            assert_eq!(message(body).as_deref(), words, "{body}");
        }
    }

    #[test]
    fn what_is_long_is_cut_by_characters() {
        let short = cut("é ".repeat(4000));
        assert_eq!(short.chars().count(), MAX_SHOWN);
        assert!(short.ends_with('…'));
        assert_eq!(cut("x".repeat(MAX_SHOWN)), "x".repeat(MAX_SHOWN));
        assert_eq!(cut(String::new()), "");
    }
}
