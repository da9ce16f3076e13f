//! Which text cannot be, open, or change anything in Markdown.

/// Whether `c`, after text of the same kind or one space, can only be text: it ends nothing that is open and starts
/// nothing. (A `.` may make an address of `www`, and at the beginning of a line more is special: see
/// [`prose`](super::prose).)
pub(super) fn is_calm(c: char) -> bool {
    match c {
        'a'..='z' | 'A'..='Z' | '0'..='9' => true,
        ',' | '.' | '?' | '!' | ':' | '\'' | '"' | '%' | '$' | '-' | '+' | '=' | '#' | '{' | '}' | '^' | '(' => true,
        _ => !c.is_ascii() && !c.is_whitespace() && !c.is_control(),
    }
}

/// Whether nothing that Markdown opens within a line is left open in a run of text with the HTML `html`, which ends at the
/// end of a word: what comes after it means the same without it, and the other way round.
///
/// In doubt it is not: what was escaped looks in HTML as if it were open.
pub(super) fn is_closed(html: &str) -> bool {
    let mut brackets = 0_usize;
    let mut before = ' ';
    let mut rest = html;
    while let Some(c) = rest.chars().next() {
        let code = rest.strip_prefix("<code>").and_then(|inside| inside.split_once("</code>"));
        if let Some((_, after)) = code {
            (rest, before) = (after, '>');
            continue;
        }
        if c == '<' {
            rest = rest.split_once('>').map_or("", |(_, after)| after);
            before = '>';
            continue;
        }
        let (c, length) = match c {
            '&' => entity(rest),
            c => (c, c.len_utf8()),
        };
        rest = &rest[length..];
        let after = rest.chars().next().unwrap_or(' ');
        let is_alone = before.is_whitespace() && after.is_whitespace();
        match c {
            '*' | '~' if is_alone => {}
            // Within a word it is a letter.
            '_' if is_alone || before.is_alphanumeric() && after.is_alphanumeric() => {}
            '*' | '_' | '~' | '`' => return false,
            '<' if after.is_whitespace() || after.is_ascii_digit() || after == '=' => {}
            '<' => return false,
            '[' => brackets += 1,
            ']' if after == '(' || after == '[' => return false,
            ']' => brackets = brackets.saturating_sub(1),
            _ => {}
        }
        before = c;
    }
    brackets == 0
}

/// The character at the start of `text`, which starts with `&`, and its length.
fn entity(text: &str) -> (char, usize) {
    match text {
        _ if text.starts_with("&lt;") => ('<', 4),
        _ if text.starts_with("&gt;") => ('>', 4),
        _ if text.starts_with("&amp;") => ('&', 5),
        _ => ('&', 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_open_is_seen() {
        for closed in
            ["", "a b", "<em>a</em> b", "<code>*`</code>", "a_b 2 * 3", "a &lt; b &amp; c", "[1] and [a [b] c]", "]"]
        {
            assert!(is_closed(closed), "{closed}");
        }
        for open in ["*a", "a*", "a_ b", "~5", "`", "[a", "[a](b", "&lt;a", "<em>a</em> *b", "<code>x</code>`"] {
            assert!(!is_closed(open), "{open}");
        }
    }
}
