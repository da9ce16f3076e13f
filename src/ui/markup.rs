//! Parts of a page that are written as HTML, not built of views. A view costs for each of its elements: on the server,
//! when the browser takes the page over, and in the size of the program. What each row of a long list has, and what
//! needs no code of its own because one listener on the list sees to all of it, is a piece of text instead.

/// Appends to a `String` of HTML: literals as they are, everything in parentheses (`AsRef<str>`) as text, which fits
/// between tags and between double quotes alike.
macro_rules! html {
    (@ $out:ident, $raw:literal) => { $out.push_str($raw) };
    (@ $out:ident, ($text:expr)) => {{
        let text = $text;
        $crate::model::html::push_attribute($out, text.as_ref())
    }};
    ($out:ident, $($part:tt)+) => {{ $($crate::ui::markup::html!(@ $out, $part);)+ }};
}
pub(crate) use html;

#[cfg(test)]
mod tests {
    #[test]
    fn literals_are_tags_and_all_else_is_text() {
        let mut written = String::new();
        let out = &mut written;
        let hostile = String::from("\"><script>'&");
        html!(out, "<b title=\"" (hostile) "\">" ("a < b") "</b>");
        assert_eq!(written, "<b title=\"&quot;&gt;&lt;script&gt;&#39;&amp;\">a &lt; b</b>");
    }
}
