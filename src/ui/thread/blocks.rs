//! The blocks of a text. Written once, by whoever renders the row; from then on the page itself is what changes.

use crate::ui::dynamic::effect;
use leptos::prelude::*;

use crate::state::Blocks;

/// The element whose children the blocks are. Its HTML is safe: the server made it, block by block.
///
/// It is no signal. In the browser a page that came from the server has empty strings here, and hydration leaves alone
/// what is there; whatever happens later is done to the element directly.
#[component]
pub fn BlockList(blocks: Blocks) -> impl IntoView {
    let (id, html) = (blocks.element.to_string(), blocks.html());
    effect(move || blocks.shown());
    view! { <div id=id class="blocks" inner_html=html></div> }
}
