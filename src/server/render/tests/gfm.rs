//! What GitHub adds to CommonMark, and what we make of it.

use super::super::{plain, render};

const REL: &str = "rel=\"noopener noreferrer nofollow\" target=\"_blank\"";

#[test]
fn markdown_becomes_blocks() {
    let link = |href: &str, text: &str| format!("<a href=\"{href}\" {REL}>{text}</a>");
    let figure = |language: &str, code: &str| {
        let data = if language.is_empty() { String::new() } else { format!(" data-language=\"{language}\"") };
        let button = "<button type=\"button\" class=\"copy\" data-copy></button>";
        format!(
            "<figure class=\"code\"{data}><figcaption><span>{language}</span>{button}</figcaption><pre><code>{code}</code></pre></figure>"
        )
    };
    let p = |inside: &str| format!("<p dir=\"auto\">{inside}</p>");
    let cases: &[(&str, &[String])] = &[
        ("", &[]),
        ("  \n\n", &[]),
        ("a\nb  \nc", &[p("a\nb<br>\nc")]),
        ("# A *b*\n\ntext", &["<h1 dir=\"auto\">A <em>b</em></h1>".into(), p("text")]),
        ("~~gone~~ ~one~", &[p("<del>gone</del> <del>one</del>")]),
        ("$5 and $10", &[p("$5 and $10")]),
        (
            "| a | b | c | d |\n|---|:--|:-:|--:|\n| `1|2` | *x* |\n| 1 | 2 | 3 | 4 | 5 |\n",
            &["<div class=\"table\"><table><thead><tr><th dir=\"auto\">a</th><th dir=\"auto\" data-align=\"left\">b</th>\
               <th dir=\"auto\" data-align=\"center\">c</th><th dir=\"auto\" data-align=\"right\">d</th></tr></thead>\
               <tbody><tr><td dir=\"auto\">`1</td><td dir=\"auto\" data-align=\"left\">2`</td>\
               <td dir=\"auto\" data-align=\"center\"><em>x</em></td><td dir=\"auto\" data-align=\"right\"></td></tr>\
               <tr><td dir=\"auto\">1</td><td dir=\"auto\" data-align=\"left\">2</td><td dir=\"auto\" data-align=\"center\">3</td>\
               <td dir=\"auto\" data-align=\"right\">4</td></tr></tbody></table></div>"
                .into()],
        ),
        ("|a|\n|-|", &["<div class=\"table\"><table><thead><tr><th dir=\"auto\">a</th></tr></thead></table></div>".into()]),
        (
            "|a|\n|-|\n|x<br>y<BR/>z<b>|",
            &["<div class=\"table\"><table><thead><tr><th dir=\"auto\">a</th></tr></thead><tbody><tr>\
               <td dir=\"auto\">x<br>y<br>z&lt;b&gt;</td></tr></tbody></table></div>"
                .into()],
        ),
        (
            "- [ ] a\n- [x] b\n- c",
            &["<ul><li dir=\"auto\"><input type=\"checkbox\" disabled> a</li>\
               <li dir=\"auto\"><input type=\"checkbox\" disabled checked> b</li><li dir=\"auto\">c</li></ul>"
                .into()],
        ),
        ("3. a\n\n4. b", &["<ol start=\"3\"><li dir=\"auto\"><p dir=\"auto\">a</p></li><li dir=\"auto\"><p dir=\"auto\">b</p></li></ol>".into()]),
        (
            "see www.a.b, (http://c.d/e_f) or me@x.y!",
            &[p(&format!(
                "see {}, ({}) or {}!",
                link("http://www.a.b", "www.a.b"),
                link("http://c.d/e_f", "http://c.d/e_f"),
                link("mailto:me@x.y", "me@x.y")
            ))],
        ),
        ("`http://a.b` [http://c.d](http://e.f)", &[p(&format!("<code>http://a.b</code> {}", link("http://e.f", "http://c.d")))]),
        ("<me@x.y> <https://a.b/?c&d>", &[p(&format!("{} {}", link("mailto:me@x.y", "me@x.y"), link("https://a.b/?c&amp;d", "https://a.b/?c&amp;d")))]),
        ("[http://a.b](/relative)", &[p("http://a.b")]),
        ("[*a*](javascript:x) [b](#c) ![d](/e.png)", &[p("<em>a</em> b d")]),
        ("[a](http://b 'c\"d')", &[p(&format!("<a href=\"http://b\" title=\"c&quot;d\" {REL}>a</a>"))]),
        ("![a *b*](https://c.d/e.png)", &[p("<button type=\"button\" class=\"image\" data-src=\"https://c.d/e.png\">a b</button>")]),
        ("![](https://c.d/e.png \"f\")", &[p("<button type=\"button\" class=\"image\" data-src=\"https://c.d/e.png\" title=\"f\">c.d</button>")]),
        ("[![a](https://c.d/e.png)](https://f)", &[p(&link("https://f", "a"))]),
        ("![a](data:image/png;base64,AA==)", &[p("<img src=\"data:image/png;base64,AA==\" alt=\"a\">")]),
        ("```rust title\nfn x() {}\n```", &[figure("rust", "fn x() {}\n")]),
        ("~~~\n<b>\n", &[figure("", "&lt;b&gt;\n")]),
        ("``` \"><script>\nx", &[figure("", "x")]),
        ("    code\n\n    more", &[figure("", "code\n\nmore")]),
        ("a[^n] b[^m] c[^none]\n\n[^m]: M\n\n[^n]: N\n\n    NN\n\nlast[^n]", &[
            p("a<sup class=\"footnote-ref\">1</sup> b<sup class=\"footnote-ref\">2</sup> c[^none]"),
            "<div class=\"footnote\" dir=\"auto\"><span class=\"footnote-number\">2</span><p dir=\"auto\">M</p></div>".into(),
            "<div class=\"footnote\" dir=\"auto\"><span class=\"footnote-number\">1</span><p dir=\"auto\">N</p><p dir=\"auto\">NN</p></div>".into(),
            p("last<sup class=\"footnote-ref\">1</sup>"),
        ]),
        ("<div>\n*a*\n</div>\n\nb <i>c</i>", &["<p class=\"html\" dir=\"auto\">&lt;div&gt;\n*a*\n&lt;/div&gt;</p>".into(), p("b &lt;i&gt;c&lt;/i&gt;")]),
        ("> a\n> - b\n\n---", &["<blockquote dir=\"auto\"><p dir=\"auto\">a</p><ul><li dir=\"auto\">b</li></ul></blockquote>".into(), "<hr>".into()]),
        ("a\0b &#0;\u{202E}c", &[p("a\u{FFFD}b \u{FFFD}\u{202E}c")]),
    ];
    for (markdown, blocks) in cases {
        assert_eq!(render(markdown), *blocks, "{markdown:?}");
    }
}

#[test]
fn a_persons_words_are_no_markdown() {
    assert_eq!(plain("*a*\n<b> & c"), ["<p class=\"plain\" dir=\"auto\">*a*\n&lt;b&gt; &amp; c</p>"]);
    assert!(plain("").is_empty());
}
