//! The blocks of a row's text, in the page. They are patched where they are, so that what a token costs is its own size.

use wasm_bindgen::JsCast;
use web_sys::{CharacterData, Element, HtmlElement, MouseEvent, Node};

use super::{
    super::{Clicked, GROUP},
    after, document,
    element::word,
    find, frame,
};
use crate::model::BlockChange;

/// How long a copy button says that it copied, in milliseconds (contract C.3).
const COPIED_MS: i32 = 1200;
/// From which length on another piece of text is begun, in UTF-16 units.
const LONG_TEXT: u32 = 4_000;

/// Carries out a change of text on the element `id`, which holds the blocks in groups. Says whether the element is in the
/// page; where it is not, nothing is lost, because nothing was there to patch.
pub fn patch_blocks(id: &str, change: &BlockChange) -> bool {
    let Some(element) = find(id) else { return false };
    match change {
        BlockChange::Append { block, depth, html } => {
            let place = block_of(&element, *block as usize)
                .and_then(|block| (0..*depth).try_fold(block, |element, _| element.last_element_child()));
            if let Some(place) = place.filter(|place| !append_text(place, html)) {
                let _ = place.insert_adjacent_html("beforeend", html);
                if needs_names(html) {
                    name_controls(&place);
                }
            }
        }
        BlockChange::Replace { from, blocks } => replace(&element, *from as usize, blocks),
    }
    true
}

/// Appends HTML that is nothing but text; says whether it was.
///
/// The last piece of text is lengthened: with a new one for each token the browser would set the whole paragraph anew
/// every time. Where it is long another begins, at a space, so that what is set anew stays short.
fn append_text(place: &Element, html: &str) -> bool {
    if html.contains(['<', '&', '\r', '\0']) {
        return false;
    }
    let last = place.last_child().and_then(|last| last.dyn_into::<Element>().ok());
    let piece = last.filter(|last| last.class_name() == "piece");
    let text = piece.as_ref().unwrap_or(place).last_child().filter(|last| last.node_type() == Node::TEXT_NODE);
    match text.map(JsCast::unchecked_into::<CharacterData>) {
        Some(text) if text.length() < LONG_TEXT || !html.starts_with(' ') => text.append_data(html).is_ok(),
        Some(_) => append(place, "span", "piece").is_some_and(|piece| piece.append_with_str_1(html).is_ok()),
        None => place.append_with_str_1(html).is_ok(),
    }
}

/// Whether this HTML has controls in it.
fn needs_names(html: &str) -> bool {
    html.contains("<button") || html.contains("<input")
}

/// Gives the controls in a row's text their names, for those who hear the page: the server does not know the reader's
/// language, and the style sheet's words are only seen.
pub(super) fn name_controls(root: &Element) {
    let unnamed = ".copy:not([aria-label]), input:not([aria-label]), .image:not([title])";
    let Ok(controls) = root.query_selector_all(unnamed) else { return };
    for index in 0..controls.length() {
        let Some(control) = controls.item(index).and_then(|node| node.dyn_into::<Element>().ok()) else { continue };
        let (attribute, name) = match control.class_name().as_str() {
            "copy" => ("aria-label", word("--word-copy")),
            // Where it comes from, for whoever has to decide about it.
            "image" => ("title", control.get_attribute("data-src")),
            // A task is named by what is to be done.
            _ => ("aria-label", control.parent_element().and_then(|item| item.text_content())),
        };
        let _ = control.set_attribute(attribute, name.unwrap_or_default().trim());
    }
}

/// Puts exactly these blocks into the element `id`, leaving alone those that say the same already.
pub fn set_blocks(id: &str, blocks: &[String]) -> bool {
    let Some(element) = find(id) else { return false };
    let same = blocks
        .iter()
        .enumerate()
        .take_while(|(index, html)| block_of(&element, *index).is_some_and(|block| block.inner_html() == **html));
    let from = same.count();
    replace(&element, from, &blocks[from..]);
    true
}

fn block_of(element: &Element, index: usize) -> Option<Element> {
    element.children().item((index / GROUP) as u32)?.children().item((index % GROUP) as u32)
}

fn replace(element: &Element, from: usize, blocks: &[String]) {
    for (index, html) in (from..).zip(blocks) {
        let block = block_of(element, index).or_else(|| {
            let group = element.children().item((index / GROUP) as u32).or_else(|| {
                mark_groups(element);
                append(element, "div", "group")
            })?;
            append(&group, "div", "block")
        });
        if let Some(block) = block {
            block.set_inner_html(html);
            if needs_names(html) {
                name_controls(&block);
            }
        }
    }
    let count = from + blocks.len();
    cut(element, count.div_ceil(GROUP));
    if let Some(group) = element.last_element_child() {
        cut(&group, count - (element.child_element_count() as usize - 1) * GROUP);
    }
}

fn append(parent: &Element, tag: &str, class: &str) -> Option<Element> {
    let element = document().create_element(tag).ok()?;
    element.set_class_name(class);
    parent.append_child(&element).ok()?;
    Some(element)
}

/// Takes out all children but the first `count`.
fn cut(element: &Element, count: usize) {
    let children = element.children();
    while let Some(child) = children.item(count as u32) {
        child.remove();
    }
}

/// Marks the groups in there, once they have been laid out: from then on they may be skipped, because the browser
/// remembers their exact size.
fn mark_groups(element: &Element) {
    let element = element.clone();
    frame(move || frame(move || groups_measured(&element)));
}

/// Marks the groups in there that have been laid out.
pub(super) fn groups_measured(root: &Element) {
    let Ok(groups) = root.query_selector_all(".group:not([data-measured])") else { return };
    for group in (0..groups.length()).filter_map(|index| groups.item(index)?.dyn_into::<Element>().ok()) {
        let _ = group.set_attribute("data-measured", "");
    }
}

/// Finds out what a click inside a list of rows was for, and does what belongs to the page alone: marks a copy button,
/// puts a remote image in the place that stood for it.
pub fn clicked(event: &MouseEvent) -> Option<Clicked> {
    let target: Element = event.target()?.dyn_into().ok()?;
    let button = target.closest("button.copy, button.copy-row, button.image").ok()??;
    if button.class_list().contains("copy") {
        let code = button.closest("figure").ok()??.query_selector("pre").ok()??;
        mark_copied(button, None);
        return Some(Clicked::Code(code.text_content().unwrap_or_default()));
    }
    if button.class_list().contains("copy-row") {
        return Some(Clicked::Row(button.closest("article").ok()??.id()));
    }
    let source = button.get_attribute("data-src")?;
    let image = document().create_element("img").ok()?;
    for (name, value) in [
        ("src", source.as_str()),
        ("alt", &button.get_attribute("data-alt").or_else(|| button.text_content()).unwrap_or_default()),
        ("referrerpolicy", "no-referrer"),
    ] {
        let _ = image.set_attribute(name, value);
    }
    button.replace_with_with_node_1(&image).ok()?;
    if let Some(image) = image.dyn_ref::<HtmlElement>() {
        let _ = image.set_attribute("tabindex", "-1");
        let _ = image.focus();
    }
    Some(Clicked::Image)
}

/// The button that this selector finds says that it copied, in these words, for a while.
pub fn copied(selector: &str, words: &str) {
    if let Ok(Some(button)) = document().query_selector(selector) {
        mark_copied(button, Some(words));
    }
}

fn mark_copied(button: Element, words: Option<&str>) {
    if button.has_attribute("data-copied") {
        return;
    }
    let _ = button.set_attribute("data-copied", "");
    let was = ["aria-label", "title"].map(|name| {
        let was = button.get_attribute(name).filter(|_| words.is_some())?;
        button.set_attribute(name, words?).ok()?;
        Some((name, was))
    });
    after(COPIED_MS, move || {
        let _ = button.remove_attribute("data-copied");
        for (name, was) in was.into_iter().flatten() {
            let _ = button.set_attribute(name, &was);
        }
    });
}
