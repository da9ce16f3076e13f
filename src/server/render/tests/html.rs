//! Reads HTML of the strict kind that we write. Anything else is an error: it is what the tests of safety look for.

#[derive(Clone, PartialEq, Debug)]
pub(super) enum Token {
    Open {
        name: String,
        attributes: Vec<(String, String)>,
    },
    Close(String),
    /// Unescaped.
    Text(String),
}

/// The tokens of `html`: lower-case tags, attributes in double quotes (or without a value), known entities, and neither
/// `<` nor `>` for any other purpose.
pub(super) fn tokens(html: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = html;
    while !rest.is_empty() {
        let text = rest.find('<').unwrap_or(rest.len());
        if text > 0 {
            tokens.push(Token::Text(unescaped(&rest[..text])?));
            rest = &rest[text..];
            continue;
        }
        let end = rest.find('>').ok_or_else(|| format!("a tag without end: {rest}"))?;
        tokens.push(tag(&rest[1..end])?);
        rest = &rest[end + 1..];
    }
    Ok(tokens)
}

fn tag(inside: &str) -> Result<Token, String> {
    let is_name = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_lowercase())
            && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    if let Some(name) = inside.strip_prefix('/') {
        return is_name(name).then(|| Token::Close(name.to_owned())).ok_or_else(|| format!("</{name}>"));
    }
    let inside = inside.strip_suffix(" /").unwrap_or(inside);
    let (name, mut rest) = inside.split_at(inside.find(' ').unwrap_or(inside.len()));
    let mut attributes: Vec<(String, String)> = Vec::new();
    while let Some(attribute) = rest.strip_prefix(' ') {
        let end = attribute.find([' ', '=']).unwrap_or(attribute.len());
        let name = &attribute[..end];
        let value = match attribute[end..].strip_prefix("=\"") {
            None => "",
            Some(value) => &value[..value.find('"').ok_or_else(|| format!("no end: {value}"))?],
        };
        let length = if attribute[end..].starts_with('=') { value.len() + 3 } else { 0 };
        if !is_name(name) || attributes.iter().any(|(other, _)| other == name) {
            return Err(format!("<{inside}>"));
        }
        attributes.push((name.to_owned(), unescaped(value)?));
        rest = &attribute[end + length..];
    }
    match rest.is_empty() && is_name(name) {
        true => Ok(Token::Open { name: name.to_owned(), attributes }),
        false => Err(format!("<{inside}>")),
    }
}

fn unescaped(text: &str) -> Result<String, String> {
    if text.contains(['<', '>', '\0']) {
        return Err(format!("not escaped: {text}"));
    }
    let mut parts = text.split('&');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once(';').ok_or_else(|| format!("&{part}"))?;
        plain.push(match name {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "#39" => '\'',
            _ => return Err(format!("&{name};")),
        });
        plain.push_str(rest);
    }
    Ok(plain)
}

/// An element, as a browser holds it.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Element {
    tag: Option<Token>,
    children: Vec<Node>,
}

#[derive(Clone, PartialEq, Debug)]
enum Node {
    Element(Element),
    Text(String),
}

impl Element {
    /// An element with `html` in it.
    pub(super) fn holding(html: &str) -> Self {
        let mut element = Self::default();
        element.insert_before_end(html);
        element
    }

    /// The element reached by going down `depth` times to the last child element.
    pub(super) fn last_element(&mut self, depth: u8) -> Option<&mut Self> {
        if depth == 0 {
            return Some(self);
        }
        let last = self.children.iter_mut().rev().find_map(|child| match child {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        });
        last?.last_element(depth - 1)
    }

    pub(super) fn insert_before_end(&mut self, html: &str) {
        let mut open = vec![std::mem::take(self)];
        for token in tokens(html).expect("strict HTML") {
            let last = open.last_mut().expect("an open element");
            match token {
                Token::Text(text) => match last.children.last_mut() {
                    Some(Node::Text(before)) => before.push_str(&text),
                    _ => last.children.push(Node::Text(text)),
                },
                Token::Open { ref name, .. } => {
                    let is_void = matches!(name.as_str(), "br" | "hr" | "img" | "input");
                    let element = Self { tag: Some(token), children: Vec::new() };
                    match is_void {
                        true => last.children.push(Node::Element(element)),
                        false => open.push(element),
                    }
                }
                Token::Close(_) => {
                    let closed = open.pop().expect("an open element");
                    open.last_mut().expect("balanced HTML").children.push(Node::Element(closed));
                }
            }
        }
        assert_eq!(open.len(), 1, "{html}");
        *self = open.remove(0);
    }
}
