//! The blocks of a row's text, in the page. They are patched where they are, so that what a token costs is its own size.

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, MouseEvent};

use super::{super::Clicked, after, document, element::word, find};
use crate::model::BlockChange;

/// How long a copy button says that it copied, in milliseconds (contract C.3).
const COPIED_MS: i32 = 1200;

/// Carries out a change of text on the element `id`, whose children are the blocks. Says whether the element is in the
/// page; where it is not, nothing is lost, because nothing was there to patch.
pub fn patch_blocks(id: &str, change: &BlockChange) -> bool {
    let Some(element) = find(id) else { return false };
    match change {
        BlockChange::Append { block, depth, html } => {
            let place = element
                .children()
                .item(*block)
                .and_then(|block| (0..*depth).try_fold(block, |element, _| element.last_element_child()));
            if let Some(place) = place {
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
    let there = element.children();
    let same = blocks
        .iter()
        .enumerate()
        .take_while(|(index, html)| there.item(*index as u32).is_some_and(|block| block.inner_html() == **html));
    let from = same.count();
    replace(&element, from, &blocks[from..]);
    true
}

fn replace(element: &Element, from: usize, blocks: &[String]) {
    let there = element.children();
    for (index, html) in blocks.iter().enumerate() {
        match there.item((from + index) as u32) {
            Some(block) => block.set_inner_html(html),
            None => {
                if let Ok(block) = document().create_element("div") {
                    block.set_class_name("block");
                    block.set_inner_html(html);
                    let _ = element.append_child(&block);
                }
            }
        }
        if needs_names(html) {
            name_controls(element);
        }
    }
    while let Some(block) = there.item((from + blocks.len()) as u32) {
        block.remove();
    }
}

/// Finds out what a click inside a list of rows was for, and does what belongs to the page alone: marks a copy button,
/// puts a remote image in the place that stood for it.
pub fn clicked(event: &MouseEvent) -> Option<Clicked> {
    let target: Element = event.target()?.dyn_into().ok()?;
    let button = target.closest("button.copy, button.image").ok()??;
    if button.class_list().contains("copy") {
        let code = button.closest("figure").ok()??.query_selector("pre").ok()??;
        let _ = button.set_attribute("data-copied", "");
        after(COPIED_MS, move || {
            let _ = button.remove_attribute("data-copied");
        });
        return Some(Clicked::Code(code.text_content().unwrap_or_default()));
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
