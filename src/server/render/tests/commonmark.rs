//! The examples of the CommonMark specification. What we write differs from what they show by design; the additions are
//! taken away here before the two are compared, and what is refused is listed one by one.

use serde::Deserialize;

use super::{
    super::{render, url},
    html::{Token, tokens},
};

#[derive(Deserialize)]
pub(super) struct Example {
    pub(super) number: u32,
    pub(super) section: String,
    pub(super) markdown: String,
    pub(super) html: String,
}

pub(super) fn examples() -> Vec<Example> {
    serde_json::from_str(include_str!("commonmark.json")).expect("a list of examples")
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum Reason {
    /// HTML of the source is shown as text.
    Html,
    /// A link or image leads to where none may lead.
    Address,
    /// GitHub makes a link where CommonMark has text.
    Autolink,
    /// The name of a language is none.
    Language,
}

const DIFFERENT: &[(u32, Reason)] = &[
    (21, Reason::Html),
    (22, Reason::Address),
    (23, Reason::Address),
    (31, Reason::Html),
    (32, Reason::Address),
    (33, Reason::Address),
    (34, Reason::Language),
    (144, Reason::Language),
    (148, Reason::Html),
    (149, Reason::Html),
    (150, Reason::Html),
    (151, Reason::Html),
    (152, Reason::Html),
    (153, Reason::Html),
    (154, Reason::Html),
    (155, Reason::Html),
    (156, Reason::Html),
    (157, Reason::Html),
    (158, Reason::Html),
    (159, Reason::Html),
    (160, Reason::Html),
    (161, Reason::Html),
    (162, Reason::Html),
    (163, Reason::Html),
    (164, Reason::Html),
    (165, Reason::Html),
    (166, Reason::Html),
    (167, Reason::Html),
    (168, Reason::Html),
    (169, Reason::Html),
    (170, Reason::Html),
    (171, Reason::Html),
    (172, Reason::Html),
    (173, Reason::Html),
    (174, Reason::Html),
    (175, Reason::Html),
    (176, Reason::Html),
    (177, Reason::Html),
    (178, Reason::Html),
    (179, Reason::Html),
    (180, Reason::Html),
    (181, Reason::Html),
    (182, Reason::Html),
    (183, Reason::Html),
    (184, Reason::Html),
    (185, Reason::Html),
    (186, Reason::Html),
    (187, Reason::Html),
    (188, Reason::Html),
    (189, Reason::Html),
    (190, Reason::Html),
    (191, Reason::Html),
    (192, Reason::Address),
    (193, Reason::Address),
    (194, Reason::Address),
    (195, Reason::Address),
    (196, Reason::Address),
    (198, Reason::Address),
    (200, Reason::Address),
    (201, Reason::Html),
    (202, Reason::Address),
    (203, Reason::Address),
    (204, Reason::Address),
    (205, Reason::Address),
    (206, Reason::Address),
    (214, Reason::Address),
    (215, Reason::Address),
    (216, Reason::Address),
    (217, Reason::Address),
    (218, Reason::Address),
    (308, Reason::Html),
    (309, Reason::Html),
    (344, Reason::Html),
    (404, Reason::Address),
    (419, Reason::Address),
    (422, Reason::Address),
    (433, Reason::Address),
    (473, Reason::Address),
    (474, Reason::Address),
    (475, Reason::Html),
    (476, Reason::Html),
    (477, Reason::Html),
    (482, Reason::Address),
    (483, Reason::Address),
    (484, Reason::Address),
    (485, Reason::Address),
    (486, Reason::Address),
    (487, Reason::Address),
    (489, Reason::Address),
    (491, Reason::Html),
    (492, Reason::Address),
    (494, Reason::Html),
    (495, Reason::Address),
    (496, Reason::Address),
    (498, Reason::Address),
    (499, Reason::Address),
    (500, Reason::Address),
    (501, Reason::Address),
    (502, Reason::Address),
    (503, Reason::Address),
    (504, Reason::Address),
    (505, Reason::Address),
    (506, Reason::Address),
    (507, Reason::Address),
    (509, Reason::Address),
    (510, Reason::Address),
    (512, Reason::Address),
    (514, Reason::Address),
    (515, Reason::Address),
    (516, Reason::Address),
    (517, Reason::Address),
    (518, Reason::Address),
    (519, Reason::Address),
    (520, Reason::Address),
    (521, Reason::Address),
    (522, Reason::Address),
    (524, Reason::Html),
    (527, Reason::Address),
    (528, Reason::Address),
    (529, Reason::Address),
    (530, Reason::Address),
    (531, Reason::Address),
    (532, Reason::Address),
    (533, Reason::Address),
    (534, Reason::Address),
    (535, Reason::Address),
    (536, Reason::Html),
    (539, Reason::Address),
    (540, Reason::Address),
    (541, Reason::Address),
    (542, Reason::Address),
    (543, Reason::Address),
    (544, Reason::Address),
    (549, Reason::Address),
    (550, Reason::Address),
    (553, Reason::Address),
    (554, Reason::Address),
    (555, Reason::Address),
    (556, Reason::Address),
    (557, Reason::Address),
    (558, Reason::Address),
    (559, Reason::Address),
    (560, Reason::Address),
    (561, Reason::Address),
    (562, Reason::Address),
    (564, Reason::Address),
    (565, Reason::Address),
    (566, Reason::Address),
    (567, Reason::Address),
    (568, Reason::Address),
    (569, Reason::Address),
    (570, Reason::Address),
    (571, Reason::Address),
    (572, Reason::Address),
    (573, Reason::Address),
    (574, Reason::Address),
    (575, Reason::Address),
    (576, Reason::Address),
    (577, Reason::Address),
    (578, Reason::Address),
    (579, Reason::Address),
    (580, Reason::Address),
    (581, Reason::Address),
    (582, Reason::Address),
    (583, Reason::Address),
    (584, Reason::Address),
    (585, Reason::Address),
    (586, Reason::Address),
    (587, Reason::Address),
    (588, Reason::Address),
    (589, Reason::Address),
    (591, Reason::Address),
    (593, Reason::Address),
    (596, Reason::Address),
    (598, Reason::Address),
    (599, Reason::Address),
    (601, Reason::Address),
    (602, Reason::Autolink),
    (606, Reason::Autolink),
    (608, Reason::Autolink),
    (611, Reason::Autolink),
    (612, Reason::Autolink),
    (613, Reason::Html),
    (614, Reason::Html),
    (615, Reason::Html),
    (616, Reason::Html),
    (617, Reason::Html),
    (623, Reason::Html),
    (625, Reason::Html),
    (626, Reason::Html),
    (627, Reason::Html),
    (628, Reason::Html),
    (629, Reason::Html),
    (630, Reason::Html),
    (631, Reason::Html),
    (642, Reason::Html),
    (643, Reason::Html),
];

#[test]
fn examples_come_out_as_shown() {
    let mut wrong = Vec::new();
    for example in examples() {
        let reason = DIFFERENT.iter().find(|(number, _)| *number == example.number).map(|(_, reason)| *reason);
        let ours = ours(&example.markdown);
        let shown = shown(&example.html);
        let is_fine = match reason {
            None => shown.as_ref() == Ok(&ours),
            Some(Reason::Address) => shown.as_ref() != Ok(&ours) && shown.map(without_refused) == Ok(ours.clone()),
            Some(_) => shown.as_ref() != Ok(&ours),
        };
        if !is_fine {
            let Example { number, section, markdown, html } = example;
            wrong.push(format!("{number} {section}\n{markdown:?}\n{html:?}\n{:?}", render(&markdown).concat()));
        }
    }
    assert!(wrong.is_empty(), "{} examples:\n{}", wrong.len(), wrong.join("\n\n"));
}

#[test]
fn what_is_listed_is_listed_once() {
    assert!(DIFFERENT.is_sorted_by(|a, b| a.0 < b.0));
}

/// Our blocks, as the specification would write them.
fn ours(markdown: &str) -> Vec<Token> {
    let html = render(markdown).concat();
    let mut plain: Vec<Token> = Vec::new();
    let mut in_caption = false;
    let mut language = String::new();
    let mut image: Option<Vec<(String, String)>> = None;
    for token in tokens(&html).expect("strict HTML") {
        match token {
            Token::Open { name, mut attributes } => {
                let get = |key: &str| attributes.iter().find(|(name, _)| name == key).map(|(_, value)| value.clone());
                match name.as_str() {
                    "figure" => language = get("data-language").unwrap_or_default(),
                    "figcaption" => in_caption = true,
                    _ if in_caption => {}
                    "button" => {
                        attributes.retain(|(name, _)| matches!(name.as_str(), "data-src" | "title"));
                        attributes[0].0 = "src".to_owned();
                        image = Some(attributes);
                    }
                    _ => {
                        attributes.retain(|(name, _)| !matches!(name.as_str(), "dir" | "rel" | "target"));
                        if name == "code" && !language.is_empty() {
                            attributes
                                .push(("class".to_owned(), format!("language-{}", std::mem::take(&mut language))));
                        }
                        plain.push(Token::Open { name, attributes });
                    }
                }
            }
            Token::Close(name) => match name.as_str() {
                "figure" => {}
                "figcaption" => in_caption = false,
                _ if in_caption => {}
                "button" => {}
                _ => plain.push(Token::Close(name)),
            },
            Token::Text(_) if in_caption => {}
            Token::Text(text) => match image.take() {
                Some(mut attributes) => {
                    attributes.insert(1, ("alt".to_owned(), text));
                    plain.push(Token::Open { name: "img".to_owned(), attributes });
                }
                None => plain.push(Token::Text(text)),
            },
        }
    }
    comparable(plain)
}

fn shown(html: &str) -> Result<Vec<Token>, String> {
    tokens(html).map(comparable)
}

/// Without the links and images whose address we refuse.
fn without_refused(tokens: Vec<Token>) -> Vec<Token> {
    let mut kept = Vec::new();
    let mut links = Vec::new();
    for token in tokens {
        match &token {
            Token::Open { name, attributes } if name == "a" || name == "img" => {
                let is_fine = attributes
                    .iter()
                    .any(|(name, value)| matches!(name.as_str(), "href" | "src") && url::link(value).is_some());
                if name == "a" {
                    links.push(is_fine);
                }
                let alternative = attributes.iter().find(|(name, _)| name == "alt");
                match (is_fine, alternative) {
                    (true, _) => kept.push(token),
                    (false, Some((_, text))) => kept.push(Token::Text(text.clone())),
                    (false, None) => {}
                }
            }
            Token::Close(name) if name == "a" && links.pop() == Some(false) => {}
            _ => kept.push(token),
        }
    }
    comparable(kept)
}

/// Without line breaks beside the tags of blocks, and with text in one piece.
fn comparable(tokens: Vec<Token>) -> Vec<Token> {
    let mut joined: Vec<Token> = Vec::new();
    for token in tokens {
        match (joined.last_mut(), token) {
            (Some(Token::Text(text)), Token::Text(more)) => text.push_str(&more),
            (_, token) => joined.push(token),
        }
    }
    let mut in_pre = false;
    let mut result = Vec::new();
    for (index, token) in joined.iter().enumerate() {
        match token {
            Token::Open { name, .. } if name == "pre" => in_pre = true,
            Token::Close(name) if name == "pre" => in_pre = false,
            Token::Text(text) if !in_pre => {
                let beside_block =
                    |index: Option<usize>| index.and_then(|index| joined.get(index)).is_none_or(is_block);
                let text = if beside_block(index.checked_sub(1)) { text.trim_start_matches('\n') } else { text };
                let text = if beside_block(Some(index + 1)) { text.trim_end_matches('\n') } else { text };
                if !text.is_empty() {
                    result.push(Token::Text(text.to_owned()));
                }
                continue;
            }
            _ => {}
        }
        result.push(token.clone());
    }
    result
}

fn is_block(token: &Token) -> bool {
    let (Token::Open { name, .. } | Token::Close(name)) = token else { return false };
    matches!(
        name.as_str(),
        "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "ul" | "ol" | "li" | "blockquote" | "pre" | "hr"
    )
}
