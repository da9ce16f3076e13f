//! Nothing a text says gets out of its place: every tag and attribute that comes out is one that we write.

use proptest::prelude::*;

use super::{
    super::{plain, render},
    html::{Token, tokens},
    stream, texts,
};

pub(crate) const PAYLOADS: &[&str] = &[
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil></sCrIpT>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<svg><animate onbegin=alert(1) attributeName=x></svg>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<a href=\"javascript:alert(1)\">x</a>",
    "<style>@import 'http://evil'</style>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "</p><script>alert(1)</script><p>",
    "<!--><script>alert(1)</script>-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?php <script>alert(1)</script> ?>",
    "a <b onmouseover=alert(1)>b</b>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](<java\nscript:alert(1)>)",
    "[x](&#106;avascript:alert(1))",
    "[x](javascript&colon;alert(1))",
    "[x](\\javascript:alert(1))",
    "[x](&#x01;javascript:alert(1))",
    "[x](vbscript:msgbox(1))",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[x](file:///etc/passwd)",
    "[x](//evil.example)",
    "[x](/\\evil.example)",
    "[x](#id)",
    "[x](http://a\"onmouseover=\"alert(1))",
    "[x](http://a'onmouseover='alert(1))",
    "[x](<http://a\" onmouseover=\"alert(1)>)",
    "[x](http://a&quot;onmouseover=&quot;alert(1))",
    "[x](http://a \"t\\\" onmouseover=alert(1) x=\\\"\")",
    "[x](http://a '\"><script>alert(1)</script>')",
    "[x](http://a \"&quot;><img src=x onerror=alert(1)>\")",
    "[<img src=x onerror=alert(1)>](http://a)",
    "[a [b](javascript:x) c](javascript:y)",
    "[x]\n\n[x]: javascript:alert(1)",
    "[x][y]\n\n[y]: <javascript:alert(1)> '\"onclick=alert(1)'",
    "[x]\n\n[x]: http://a \"\\\"><script>alert(1)</script>\"",
    "[\"><script>]\n\n[\"><script>]: http://a",
    "<javascript:alert(1)>",
    "<data:text/html,<script>alert(1)</script>>",
    "<http://a\"onclick=alert(1)>",
    "http://a.b/\"onmouseover=alert(1)//",
    "http://a.b/'onmouseover=alert(1)//",
    "http://a.b/<script>alert(1)</script>",
    "www.a.b\"><script>alert(1)</script>",
    "\"onclick=\"x\"@a.b",
    "![x](javascript:alert(1))",
    "![x](data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9YWxlcnQoMSk+)",
    "![x](data:image/png;base64,\"onload=alert(1)x=\")",
    "![x\" onerror=\"alert(1)](data:image/png;base64,AAAA)",
    "![\"><script>alert(1)</script>](http://a/b.png)",
    "![x](http://a\"onerror=\"alert(1))",
    "![x](http://a \"\\\" onerror=\\\"alert(1)\")",
    "![<b>](http://a)",
    "![](http://\"><script>alert(1)</script>)",
    "[![x](http://a)](javascript:alert(1))",
    "```\"><script>alert(1)</script>\nx\n```",
    "```js\" onclick=\"alert(1)\nx\n```",
    "```&quot;><script>\n</code></pre></figure><script>alert(1)</script>\n```",
    "~~~ <b>\n</code><img src=x onerror=alert(1)>\n~~~",
    "    </code></pre><script>alert(1)</script>",
    "`</code><script>alert(1)</script>`",
    "| <script> | b |\n|---|---|\n| </td><script>alert(1)</script> | [x](javascript:y) |",
    "|a|\n|-|\n|<br onclick=alert(1)>|",
    "|a|\n|-|\n|<br/ onclick=alert(1)>|",
    "[^\"><script>]\n\n[^\"><script>]: <script>alert(1)</script>",
    "[^x]\n\n[^x]: [y](javascript:alert(1))",
    "[^1](javascript:alert(1))\n\n[^1]: x",
    "- [x] <script>alert(1)</script>\n- [ ] [y](javascript:z)",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "&#x3c;img src=x onerror=alert(1)&#x3e;",
    "\\<script>alert(1)</script>",
    "\0<scr\0ipt>alert(1)</script>",
    "\u{202E}<script>\u{2066}",
    "# <h1 id=x onclick=alert(1)>\n\nx\n===<script>",
    "> <blockquote onclick=alert(1)>",
    "1. <li onclick=alert(1)>\n2. </ol><script>",
    "# a {#id onclick=x}",
    "<img/src=`x`onerror=alert(1)>",
    "<x:y onclick=alert(1)>",
    "<a\nhref='javascript:x'\n>",
    "~~<del onclick=x>~~ **<b>** *<i>*",
];

const ALLOWED: &[(&str, &[&str])] = &[
    ("p", &["class", "dir"]),
    ("h1", &["dir"]),
    ("h2", &["dir"]),
    ("h3", &["dir"]),
    ("h4", &["dir"]),
    ("h5", &["dir"]),
    ("h6", &["dir"]),
    ("blockquote", &["dir"]),
    ("ul", &[]),
    ("ol", &["start"]),
    ("li", &["dir"]),
    ("input", &["type", "disabled", "checked"]),
    ("figure", &["class", "data-language"]),
    ("figcaption", &[]),
    ("span", &["class"]),
    ("button", &["type", "class", "data-copy", "data-src", "title"]),
    ("pre", &[]),
    ("code", &[]),
    ("div", &["class", "dir"]),
    ("table", &[]),
    ("thead", &[]),
    ("tbody", &[]),
    ("tr", &[]),
    ("th", &["dir", "data-align"]),
    ("td", &["dir", "data-align"]),
    ("em", &[]),
    ("strong", &[]),
    ("del", &[]),
    ("sup", &["class"]),
    ("a", &["href", "title", "rel", "target"]),
    ("img", &["src", "alt", "title"]),
    ("br", &[]),
    ("hr", &[]),
];

/// Panics where `html` holds what we do not write.
fn check(html: &str, source: &str) {
    let tokens = tokens(html).unwrap_or_else(|error| panic!("{source:?}: {error} in {html}"));
    let mut open = Vec::new();
    for token in tokens {
        match token {
            Token::Text(_) => {}
            Token::Close(name) => assert_eq!(open.pop().as_ref(), Some(&name), "{source:?}: {html}"),
            Token::Open { name, attributes } => {
                let (_, allowed) = ALLOWED
                    .iter()
                    .find(|(allowed, _)| *allowed == name)
                    .unwrap_or_else(|| panic!("{source:?}: <{name}> in {html}"));
                for (key, value) in attributes {
                    assert!(allowed.contains(&key.as_str()), "{source:?}: {key} in {html}");
                    assert!(is_fine(&name, &key, &value), "{source:?}: {key}={value} in {html}");
                }
                if !matches!(name.as_str(), "br" | "hr" | "img" | "input") {
                    assert!(!(name == "a" && open.contains(&name)), "{source:?}: a link in a link: {html}");
                    open.push(name);
                }
            }
        }
    }
    assert!(open.is_empty(), "{source:?}: {html}");
}

fn is_fine(name: &str, key: &str, value: &str) -> bool {
    let is_remote = value.to_lowercase().starts_with("http://") || value.to_lowercase().starts_with("https://");
    let is_url = |value: &str| value.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"<>`\\^{|}[]".contains(&byte));
    match key {
        "href" => (is_remote || value.to_lowercase().starts_with("mailto:")) && is_url(value),
        "data-src" => is_remote && is_url(value),
        "src" => value.to_lowercase().starts_with("data:image/") && !value.contains("svg") && is_url(value),
        "class" => ["html", "plain", "code", "copy", "image", "table", "footnote", "footnote-number", "footnote-ref"]
            .contains(&value),
        "dir" => value == "auto",
        "type" => value == if name == "input" { "checkbox" } else { "button" },
        "rel" => value == "noopener noreferrer nofollow",
        "target" => value == "_blank",
        "start" => value.parse::<u64>().is_ok(),
        "data-align" => ["left", "center", "right"].contains(&value),
        "data-language" => (1..=32).contains(&value.len()),
        "disabled" | "checked" | "data-copy" => value.is_empty(),
        _ => true,
    }
}

#[test]
fn payloads_stay_text() {
    for payload in PAYLOADS {
        for text in
            [payload.to_string(), format!("> {payload}\n\n- {payload}\n"), format!("|{payload}|\n|-|\n|{payload}|\n")]
        {
            check(&render(&text).concat(), &text);
            check(&stream::stream(&text.split_inclusive([' ', '(', '<', '"']).collect::<Vec<_>>()).concat(), &text);
        }
        check(&plain(payload).concat(), payload);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn payloads_stay_text_in_any_company(parts in prop::collection::vec(prop::sample::select(PAYLOADS), 1..5), text in texts::nasty()) {
        let text = parts.join(&text);
        check(&render(&text).concat(), &text);
    }
}
