//! Addresses written as plain text become links, as GitHub does it: `http://`, `https://`, `www.` and mail addresses.

/// A run of text, with the address it leads to where it is one.
#[derive(PartialEq, Debug)]
pub(super) struct Run<'a> {
    pub(super) text: &'a str,
    pub(super) href: Option<String>,
}

/// Cuts text into runs that make up the whole of it.
pub(super) fn runs(text: &str) -> Vec<Run<'_>> {
    let mut runs = Vec::new();
    let mut done = 0;
    let mut at = 0;
    while let Some(found) = text[at..].find(['h', 'H', 'w', 'W', '@']) {
        at += found;
        match address(text, done, at) {
            Some((start, end, href)) => {
                if start > done {
                    runs.push(Run { text: &text[done..start], href: None });
                }
                runs.push(Run { text: &text[start..end], href: Some(href) });
                (done, at) = (end, end);
            }
            None => at += 1,
        }
    }
    if done < text.len() {
        runs.push(Run { text: &text[done..], href: None });
    }
    runs
}

/// The address that is found at `at`: where it starts and ends, and where it leads. It starts at `from` or later.
fn address(text: &str, from: usize, at: usize) -> Option<(usize, usize, String)> {
    let rest = &text[at..];
    if rest.starts_with('@') {
        return mail(text, from, at);
    }
    let before = text[..at].chars().next_back();
    let (scheme, domain_at, short) = if starts_with(rest, "www.") {
        before.is_none_or(|c| c.is_whitespace() || "*_~(".contains(c)).then_some(("http://", at, false))?
    } else {
        let length = ["http://", "https://"].iter().find(|scheme| starts_with(rest, scheme))?.len();
        before.is_none_or(|c| !c.is_alphanumeric()).then_some(("", at + length, true))?
    };
    let domain_end = domain(text, domain_at, short)?;
    let end = domain_end
        + text[domain_end..].find(|c: char| c.is_whitespace() || c == '<').unwrap_or(text.len() - domain_end);
    let end = at + trimmed(&text[at..end]);
    (end > domain_at).then(|| (at, end, format!("{scheme}{}", &text[at..end])))
}

/// The end of the domain that starts at `at`: segments of letters, digits, `-` and `_` with dots between them, no `_` in
/// the last two. One segment is enough where `short`.
fn domain(text: &str, at: usize, short: bool) -> Option<usize> {
    let is_inside =
        |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.') || !(c.is_ascii() || c.is_whitespace());
    let end = at + text[at..].find(|c: char| !is_inside(c)).unwrap_or(text.len() - at);
    let domain = text[at..end].trim_end_matches('.');
    let good = domain.starts_with(|c: char| c != '.' && c != '-')
        && (short || domain.contains('.'))
        && !domain.contains("..")
        && domain.rsplit('.').take(2).all(|segment| !segment.contains('_'));
    good.then_some(end)
}

/// The length of an address without the punctuation that ends the sentence it stands in.
fn trimmed(address: &str) -> usize {
    let mut rest = address;
    let mut surplus = rest.matches(')').count().saturating_sub(rest.matches('(').count());
    loop {
        let Some(last) = rest.chars().next_back() else { return 0 };
        let cut = match last {
            '?' | '!' | '.' | ',' | ':' | '*' | '_' | '~' | '\'' | '"' => 1,
            ')' if surplus > 0 => {
                surplus -= 1;
                1
            }
            ';' => match rest[..rest.len() - 1].rfind('&') {
                Some(amp) if is_name(&rest[amp + 1..rest.len() - 1]) => rest.len() - amp,
                _ => return rest.len(),
            },
            _ => return rest.len(),
        };
        rest = &rest[..rest.len() - cut];
    }
}

fn is_name(entity: &str) -> bool {
    !entity.is_empty() && entity.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// The mail address with its `@` at `at`.
fn mail(text: &str, from: usize, at: usize) -> Option<(usize, usize, String)> {
    let local =
        text[from..at].bytes().rev().take_while(|byte| byte.is_ascii_alphanumeric() || b".+-_".contains(byte)).count();
    let is_host = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
    let host = text[at + 1..].bytes().take_while(is_host).count();
    let start = at - local;
    let host = text[at + 1..at + 1 + host].trim_end_matches('.');
    let end = at + 1 + host.len();
    let good = local > 0 && host.contains('.') && !host.split('.').any(str::is_empty) && !host.ends_with(['-', '_']);
    good.then(|| {
        let scheme = "mailto:";
        let has_scheme = text[from..start].len() >= scheme.len() && text[from..start].ends_with(scheme);
        let start = if has_scheme { start - scheme.len() } else { start };
        (start, end, format!("{scheme}{}", &text[at - local..end]))
    })
}

fn starts_with(text: &str, head: &str) -> bool {
    text.get(..head.len()).is_some_and(|start| start.eq_ignore_ascii_case(head))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links(text: &str) -> Vec<(String, String)> {
        assert_eq!(runs(text).iter().map(|run| run.text).collect::<String>(), text);
        runs(text).into_iter().filter_map(|run| Some((run.text.to_owned(), run.href?))).collect()
    }

    #[test]
    fn addresses_as_github_finds_them() {
        for (text, found, href) in [
            ("www.commonmark.org", "www.commonmark.org", "http://www.commonmark.org"),
            ("Visit www.commonmark.org/help for more", "www.commonmark.org/help", "http://www.commonmark.org/help"),
            ("Visit www.commonmark.org.", "www.commonmark.org", "http://www.commonmark.org"),
            (
                "www.google.com/search?q=Markup+(business)",
                "www.google.com/search?q=Markup+(business)",
                "http://www.google.com/search?q=Markup+(business)",
            ),
            (
                "(www.google.com/search?q=Markup+(business))",
                "www.google.com/search?q=Markup+(business)",
                "http://www.google.com/search?q=Markup+(business)",
            ),
            (
                "www.google.com/search?q=commonmark&hl=en",
                "www.google.com/search?q=commonmark&hl=en",
                "http://www.google.com/search?q=commonmark&hl=en",
            ),
            (
                "www.google.com/search?q=commonmark&hl;",
                "www.google.com/search?q=commonmark",
                "http://www.google.com/search?q=commonmark",
            ),
            ("www.commonmark.org/he<lp", "www.commonmark.org/he", "http://www.commonmark.org/he"),
            ("http://commonmark.org", "http://commonmark.org", "http://commonmark.org"),
            ("HTTP://localhost:3000/x!", "HTTP://localhost:3000/x", "HTTP://localhost:3000/x"),
            ("at foo@bar.baz.", "foo@bar.baz", "mailto:foo@bar.baz"),
            ("hello+xyz@mail.example", "hello+xyz@mail.example", "mailto:hello+xyz@mail.example"),
            ("a.b-c_d@a.b.", "a.b-c_d@a.b", "mailto:a.b-c_d@a.b"),
            ("mailto:a@b.c", "mailto:a@b.c", "mailto:a@b.c"),
        ] {
            assert_eq!(links(text), [(found.to_owned(), href.to_owned())], "{text}");
        }
        for text in [
            "hello@mail+xyz",
            "a.b-c_d@a.b-",
            "a.b-c_d@a.b_",
            "xhttp://a.b",
            "www.",
            "http://",
            "www.a_b.c",
            "@a.b",
            "ftp://a.b",
        ] {
            assert_eq!(links(text), [], "{text}");
        }
        assert_eq!(links("http://a.b www.c.d e@f.g").len(), 3);
    }
}
