//! Events of the parser become HTML. Every tag and attribute that reaches a reader is written here or in [`link`](super::link),
//! and no text but escaped.

use pulldown_cmark::{Alignment, CodeBlockKind, Event, HeadingLevel, LinkType, Tag, TagEnd};

use super::{
    escape,
    known::{Label, Links, Notes, Target},
    link,
};

/// Writes one piece after the other.
pub(super) struct Writer<'a> {
    links: &'a Links,
    notes: &'a mut Notes,
    html: String,
    /// Text that was not written yet: the parser cuts it at every special character, and an address may be longer.
    text: String,
    /// The alternative text of the images that are open, and what ends the outermost.
    image: Option<(Target, String)>,
    images: usize,
    /// For each link that is open whether it is one to us, too.
    anchors: Vec<bool>,
    is_code: bool,
    table: Table,
    meets: Vec<Label>,
}

#[derive(Default)]
struct Table {
    alignments: Vec<Alignment>,
    is_head: bool,
    has_rows: bool,
    cell: usize,
}

impl<'a> Writer<'a> {
    pub(super) fn new(links: &'a Links, notes: &'a mut Notes) -> Self {
        Self {
            links,
            notes,
            html: String::new(),
            text: String::new(),
            image: None,
            images: 0,
            anchors: Vec::new(),
            is_code: false,
            table: Table::default(),
            meets: Vec::new(),
        }
    }

    /// The HTML since the last time, how many footnotes were met in all, and which since the last time.
    pub(super) fn take(&mut self) -> (String, usize, Vec<Label>) {
        self.flush();
        (std::mem::take(&mut self.html), self.notes.met(), std::mem::take(&mut self.meets))
    }

    /// Where a child that starts now starts in the HTML, how many footnotes were met in all, and how many since the last
    /// time.
    pub(super) fn child(&mut self) -> (usize, usize, usize) {
        self.flush();
        if !self.table.alignments.is_empty() && !self.table.has_rows {
            self.table.has_rows = true;
            self.html.push_str("<tbody>");
        }
        (self.html.len(), self.notes.met(), self.meets.len())
    }

    pub(super) fn event(&mut self, event: Event<'_>) {
        if self.images > 0 {
            return self.alternative(event);
        }
        match event {
            Event::Text(text) if self.is_code => escape::text(&mut self.html, &text),
            Event::Text(text) => self.text.push_str(&text),
            event => {
                self.flush();
                self.beside_text(event);
            }
        }
    }

    fn beside_text(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => self.text.push_str(&text),
            Event::Code(text) => {
                self.html.push_str("<code>");
                escape::text(&mut self.html, &text);
                self.html.push_str("</code>");
            }
            // A cell has no other way to hold a line break.
            Event::InlineHtml(html) if self.is_cell() && is_line_break(&html) => self.html.push_str("<br>"),
            // HTML of the source is text to the reader.
            Event::Html(text) | Event::InlineHtml(text) => escape::text(&mut self.html, &text),
            Event::InlineMath(text) | Event::DisplayMath(text) => escape::text(&mut self.html, &text),
            Event::FootnoteReference(label) => {
                let number = self.meet(&label);
                self.html.push_str(&format!("<sup class=\"footnote-ref\">{number}</sup>"));
            }
            Event::SoftBreak => self.html.push('\n'),
            Event::HardBreak => self.html.push_str("<br>\n"),
            Event::Rule => self.html.push_str("<hr>"),
            Event::TaskListMarker(is_done) => {
                self.html.push_str(if is_done { CHECKED } else { UNCHECKED });
            }
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Paragraph => self.html.push_str("<p dir=\"auto\">"),
            Tag::Heading { level, .. } => {
                let level = level_of(level);
                self.html.push_str(&format!("<h{level} dir=\"auto\">"));
            }
            Tag::BlockQuote(_) => self.html.push_str("<blockquote dir=\"auto\">"),
            Tag::CodeBlock(kind) => {
                self.is_code = true;
                self.code(match &kind {
                    CodeBlockKind::Fenced(info) => info,
                    CodeBlockKind::Indented => "",
                });
            }
            Tag::HtmlBlock => self.html.push_str("<p class=\"html\" dir=\"auto\">"),
            Tag::List(None) => self.html.push_str("<ul>"),
            Tag::List(Some(1)) => self.html.push_str("<ol>"),
            Tag::List(Some(start)) => self.html.push_str(&format!("<ol start=\"{start}\">")),
            Tag::Item => self.html.push_str("<li dir=\"auto\">"),
            Tag::FootnoteDefinition(label) => {
                let number = self.meet(&label);
                self.html.push_str(&format!(
                    "<div class=\"footnote\" dir=\"auto\"><span class=\"footnote-number\">{number}</span>"
                ));
            }
            Tag::Table(alignments) => {
                self.table = Table { alignments, ..Table::default() };
                self.html.push_str("<div class=\"table\"><table>");
            }
            Tag::TableHead => {
                (self.table.is_head, self.table.cell) = (true, 0);
                self.html.push_str("<thead><tr>");
            }
            Tag::TableRow => {
                self.child();
                self.table.cell = 0;
                self.html.push_str("<tr>");
            }
            Tag::TableCell => self.cell(),
            Tag::Emphasis => self.html.push_str("<em>"),
            Tag::Strong => self.html.push_str("<strong>"),
            Tag::Strikethrough => self.html.push_str("<del>"),
            Tag::Link { link_type, dest_url, title, id } => {
                let target = self.target(link_type, &dest_url, &title, &id);
                let is_anchor = link::open(&mut self.html, &target);
                self.anchors.push(is_anchor);
            }
            Tag::Image { link_type, dest_url, title, id } => {
                self.images = 1;
                self.image = Some((self.target(link_type, &dest_url, &title, &id), String::new()));
            }
            // Not asked for of the parser.
            Tag::DefinitionList
            | Tag::DefinitionListTitle
            | Tag::DefinitionListDefinition
            | Tag::Superscript
            | Tag::Subscript
            | Tag::MetadataBlock(_) => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph => self.html.push_str("</p>"),
            TagEnd::Heading(level) => {
                let level = level_of(level);
                self.html.push_str(&format!("</h{level}>"));
            }
            TagEnd::BlockQuote(_) => self.html.push_str("</blockquote>"),
            TagEnd::CodeBlock => {
                self.is_code = false;
                self.html.push_str("</code></pre></figure>");
            }
            TagEnd::HtmlBlock => {
                self.html.truncate(self.html.trim_end().len());
                self.html.push_str("</p>");
            }
            TagEnd::List(is_ordered) => self.html.push_str(if is_ordered { "</ol>" } else { "</ul>" }),
            TagEnd::Item => self.html.push_str("</li>"),
            TagEnd::FootnoteDefinition => self.html.push_str("</div>"),
            TagEnd::Table => {
                self.html.push_str(if self.table.has_rows { "</tbody></table></div>" } else { "</table></div>" });
                self.table = Table::default();
            }
            TagEnd::TableHead => {
                self.table.is_head = false;
                self.html.push_str("</tr></thead>");
            }
            TagEnd::TableRow => self.html.push_str("</tr>"),
            TagEnd::TableCell => self.html.push_str(if self.table.is_head { "</th>" } else { "</td>" }),
            TagEnd::Emphasis => self.html.push_str("</em>"),
            TagEnd::Strong => self.html.push_str("</strong>"),
            TagEnd::Strikethrough => self.html.push_str("</del>"),
            TagEnd::Link => {
                if self.anchors.pop() == Some(true) {
                    self.html.push_str("</a>");
                }
            }
            TagEnd::Image
            | TagEnd::DefinitionList
            | TagEnd::DefinitionListTitle
            | TagEnd::DefinitionListDefinition
            | TagEnd::Superscript
            | TagEnd::Subscript
            | TagEnd::MetadataBlock(_) => {}
        }
    }

    /// Inside an image there is only text.
    fn alternative(&mut self, event: Event<'_>) {
        match event {
            Event::Start(Tag::Image { .. }) => self.images += 1,
            Event::End(TagEnd::Image) => {
                self.images -= 1;
                if self.images == 0
                    && let Some((target, text)) = self.image.take()
                {
                    link::image(&mut self.html, &target, &text, self.anchors.contains(&true));
                }
            }
            Event::Text(text) | Event::Code(text) | Event::InlineHtml(text) => {
                if let Some((_, alternative)) = &mut self.image {
                    alternative.push_str(&text);
                }
            }
            Event::SoftBreak | Event::HardBreak => {
                if let Some((_, alternative)) = &mut self.image {
                    alternative.push(' ');
                }
            }
            _ => {}
        }
    }

    /// Writes the text that was collected, with the addresses in it as links.
    fn flush(&mut self) {
        if self.text.is_empty() {
            return;
        }
        let text = std::mem::take(&mut self.text);
        if self.anchors.is_empty() {
            link::text(&mut self.html, &text);
        } else {
            escape::text(&mut self.html, &text);
        }
    }

    /// A definition met earlier in the whole text goes before the one the parser saw.
    fn target(&self, kind: LinkType, url: &str, title: &str, id: &str) -> Target {
        match kind {
            LinkType::Reference | LinkType::Collapsed | LinkType::Shortcut => {
                self.links.get(&Label::new(id)).cloned().unwrap_or_else(|| Target::new(url, title))
            }
            LinkType::Email => Target { url: format!("mailto:{url}"), title: title.to_owned() },
            _ => Target { url: url.to_owned(), title: title.to_owned() },
        }
    }

    fn code(&mut self, info: &str) {
        let language = language(info);
        self.html.push_str("<figure class=\"code\"");
        if !language.is_empty() {
            self.html.push_str(&format!(" data-language=\"{language}\""));
        }
        self.html.push_str(&format!("><figcaption><span>{language}</span>"));
        self.html.push_str("<button type=\"button\" class=\"copy\" data-copy></button></figcaption><pre><code>");
    }

    fn cell(&mut self) {
        let alignment = match self.table.alignments.get(self.table.cell) {
            Some(Alignment::Left) => " data-align=\"left\"",
            Some(Alignment::Center) => " data-align=\"center\"",
            Some(Alignment::Right) => " data-align=\"right\"",
            Some(Alignment::None) | None => "",
        };
        let tag = if self.table.is_head { "th" } else { "td" };
        self.table.cell += 1;
        self.html.push_str(&format!("<{tag} dir=\"auto\"{alignment}>"));
    }

    fn is_cell(&self) -> bool {
        !self.table.alignments.is_empty()
    }

    /// The number of a footnote.
    fn meet(&mut self, label: &str) -> usize {
        let label = Label::new(label);
        let number = self.notes.number(&label);
        self.meets.push(label);
        number
    }
}

const CHECKED: &str = "<input type=\"checkbox\" disabled checked> ";
const UNCHECKED: &str = "<input type=\"checkbox\" disabled> ";

fn level_of(level: HeadingLevel) -> u8 {
    level as u8
}

fn is_line_break(html: &str) -> bool {
    ["<br>", "<br/>", "<br />"].iter().any(|tag| html.eq_ignore_ascii_case(tag))
}

/// The language of a code block, empty where its name is not one we would write.
pub(super) fn language(info: &str) -> &str {
    let word = info.split_whitespace().next().unwrap_or_default();
    let is_good = word.len() <= 32 && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+#._-".contains(&byte));
    if is_good { word } else { "" }
}
