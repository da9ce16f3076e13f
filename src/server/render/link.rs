//! Links and images as HTML.

use super::{autolink, escape, known::Target, url};

/// Opens a link, where it may be one; whether it did.
pub(super) fn open(html: &mut String, target: &Target) -> bool {
    let Some(url) = url::link(&target.url) else { return false };
    html.push_str("<a href=\"");
    escape::url(html, url);
    title(html, target);
    html.push_str("\" rel=\"noopener noreferrer nofollow\" target=\"_blank\">");
    true
}

/// Text outside of links: the addresses in it become some.
pub(super) fn text(html: &mut String, text: &str) {
    for run in autolink::runs(text) {
        let is_open = run.href.is_some_and(|url| open(html, &Target { url, title: String::new() }));
        escape::text(html, run.text);
        if is_open {
            html.push_str("</a>");
        }
    }
}

/// An image. A remote one becomes a button that loads it; in a link, which may hold no button, it is its text.
pub(super) fn image(html: &mut String, target: &Target, alternative: &str, is_in_link: bool) {
    match url::image(&target.url) {
        url::Image::Remote(url) => {
            let name = if alternative.trim().is_empty() { url::host(url) } else { alternative };
            if is_in_link {
                return escape::text(html, name);
            }
            html.push_str("<button type=\"button\" class=\"image\" data-src=\"");
            escape::url(html, url);
            title(html, target);
            html.push_str("\">");
            escape::text(html, name);
            html.push_str("</button>");
        }
        url::Image::Inline(url) => {
            html.push_str("<img src=\"");
            html.push_str(url);
            html.push_str("\" alt=\"");
            escape::attribute(html, alternative);
            title(html, target);
            html.push_str("\">");
        }
        url::Image::Refused => escape::text(html, alternative),
    }
}

/// Goes on from within the value of an attribute.
fn title(html: &mut String, target: &Target) {
    if !target.title.is_empty() {
        html.push_str("\" title=\"");
        escape::attribute(html, &target.title);
    }
}
