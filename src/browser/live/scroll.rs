//! Scrolling, sizes and what comes into view.

use std::{cell::Cell, rc::Rc};

use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{
    Element, Event, IntersectionObserver, IntersectionObserverEntry, IntersectionObserverInit, KeyboardEvent,
    ResizeObserver, WheelEvent,
};

use super::{
    super::Metrics,
    blocks::{groups_measured, name_controls},
    find, frame,
    listen::{Guard, listen},
};

/// What is left free above a row that was gone to, in pixels.
const STEP_MARGIN: f64 = 12.0;

fn measure(element: &Element) -> Metrics {
    Metrics {
        // `scroll_top` of web-sys is rounded; a page that is zoomed stands between pixels.
        top: js_sys::Reflect::get(element, &"scrollTop".into()).ok().and_then(|top| top.as_f64()).unwrap_or_default(),
        view: element.client_height().into(),
        height: element.scroll_height().into(),
    }
}

/// Where the element `id` is scrolled to.
pub fn metrics(id: &str) -> Option<Metrics> {
    find(id).map(|element| measure(&element))
}

fn set_top(element: &Element, top: f64) {
    let _ = js_sys::Reflect::set(element, &"scrollTop".into(), &top.into());
}

/// Scrolls the element `id`, at once.
pub fn scroll_to(id: &str, top: f64) {
    if let Some(element) = find(id) {
        set_top(&element, top);
    }
}

/// Takes scrolling over from the style sheet, which lets a page begin at its end without any script by turning the
/// scroller round (`column-reverse`, where the end is 0 and what is above is negative). Nothing moves. Says whether the
/// reader had gone up already.
pub fn take_over_scrolling(id: &str) -> bool {
    let Some(element) = find(id).filter(|element| !element.has_attribute("data-live")) else { return false };
    let up = measure(&element).top.min(0.0);
    let _ = element.set_attribute("data-live", "");
    let at = measure(&element);
    set_top(&element, at.height - at.view + up);
    up < -1.0
}

/// Tells of every scroll of the element `id`, by whomever.
pub fn on_scroll(id: &str, run: impl Fn(Metrics) + 'static) -> Guard {
    let Some(element) = find(id) else { return Guard::default() };
    let target = element.clone();
    listen::<Event>(&target, &["scroll"], move |_| run(measure(&element)))
}

/// Tells when the reader sets out upwards in the element `id`, before anything has moved.
pub fn on_push_up(id: &str, run: impl Fn() + 'static) -> Guard {
    let Some(element) = find(id) else { return Guard::default() };
    let run = Rc::new(run);
    let wheel = listen::<WheelEvent>(&element, &["wheel"], {
        let run = run.clone();
        move |event| {
            if event.delta_y() < 0.0 {
                run();
            }
        }
    });
    let keys = listen::<KeyboardEvent>(&element, &["keydown"], {
        let run = run.clone();
        move |event| {
            let typing = event.target().and_then(|target| target.dyn_into::<Element>().ok());
            let typing = typing.is_some_and(|element| element.matches("textarea, input, select").unwrap_or(false));
            if !typing && matches!(event.key().as_str(), "PageUp" | "ArrowUp" | "Home") {
                run();
            }
        }
    });
    let touch = listen::<Event>(&element, &["touchmove"], {
        let (last, element) = (Cell::new(f64::NAN), element.clone());
        move |_| {
            let top = measure(&element).top;
            if top < last.replace(top) {
                run();
            }
        }
    });
    Guard::new(move || drop((wheel, keys, touch)))
}

/// Whether something is being typed: a field has the focus, other than the field `except` while that is empty.
pub fn typing(except: &str) -> bool {
    let Some(focused) = super::document().active_element() else { return false };
    let field = focused.matches("textarea, input, select").unwrap_or(false);
    field && !(focused.id() == except && super::value(except).is_some_and(|text| text.is_empty()))
}

/// Goes from where the reader is to the row before or after that matches `selector`: scrolls it to the top of what is
/// seen and gives it the focus. Where the reader is, the focus says while it is in a row that is seen, and else the top
/// of what is seen. Says whether there is such a row.
pub fn step_to(scroller: &str, rows: &str, selector: &str, forward: bool) -> bool {
    let (Some(scroller), Some(rows)) = (find(scroller), find(rows)) else { return false };
    let seen = scroller.get_bounding_client_rect();
    let children = rows.children();
    let mut all = (0..children.length()).filter_map(|index| children.item(index));
    let from = super::document().active_element().filter(|focused| rows.contains(Some(focused))).and_then(|focused| {
        let row = all.position(|row| row.contains(Some(&focused)))?;
        let place = children.item(row as u32)?.get_bounding_client_rect();
        (place.bottom() > seen.top() && place.top() < seen.bottom()).then_some(row)
    });
    let beyond = |index: u32, row: &Element| match (from, forward) {
        (Some(from), true) => index as usize > from,
        (Some(from), false) => (index as usize) < from,
        (None, true) => row.get_bounding_client_rect().top() > seen.top() + STEP_MARGIN + 1.0,
        (None, false) => row.get_bounding_client_rect().top() < seen.top() - 1.0,
    };
    let count = children.length();
    let found = (0..count).map(|place| if forward { place } else { count - 1 - place }).find_map(|index| {
        let row = children.item(index)?;
        (row.matches(selector).unwrap_or(false) && beyond(index, &row)).then_some(row)
    });
    let Some(row) = found else { return false };
    let _ = row.set_attribute("tabindex", "-1");
    super::element::focus_element(&row);
    let moved = row.get_bounding_client_rect().top() - seen.top() - STEP_MARGIN;
    set_top(&scroller, measure(&scroller).top + moved);
    true
}

/// Tells, before the frame is painted, that one of these elements changed its size.
pub fn on_resize(ids: &[&str], run: impl Fn() + 'static) -> Guard {
    let closure = Closure::<dyn Fn()>::new(run);
    let Ok(observer) = ResizeObserver::new(closure.as_ref().unchecked_ref()) else { return Guard::default() };
    for element in ids.iter().filter_map(|id| find(id)) {
        observer.observe(&element);
    }
    Guard::new(move || {
        observer.disconnect();
        drop(closure);
    })
}

/// Tells when the element `id` comes within `margin` of what is seen of `root`, and at once if it is there.
pub fn on_near(id: &str, root: &str, margin: &str, run: impl Fn() + 'static) -> Guard {
    let (Some(element), Some(root)) = (find(id), find(root)) else { return Guard::default() };
    let closure = Closure::<dyn Fn(js_sys::Array)>::new(move |entries: js_sys::Array| {
        let near = |entry: wasm_bindgen::JsValue| entry.unchecked_into::<IntersectionObserverEntry>().is_intersecting();
        if entries.iter().any(near) {
            run();
        }
    });
    let options = IntersectionObserverInit::new();
    options.set_root(Some(&root));
    options.set_root_margin(margin);
    let observer = IntersectionObserver::new_with_options(closure.as_ref().unchecked_ref(), &options);
    let Ok(observer) = observer else { return Guard::default() };
    observer.observe(&element);
    Guard::new(move || {
        observer.disconnect();
        drop(closure);
    })
}

/// Lets `change` put rows above those that are seen, and keeps the row that is read where it is, to the pixel.
///
/// The browser's own anchoring is off meanwhile: it does nothing at the very top and is not everywhere. `change` takes
/// effect in the page before the next frame; the place is set right in that frame, before it is painted.
pub fn keep_place(scroller: &str, rows: &str, change: impl FnOnce() + 'static) {
    let (Some(scroller), Some(rows)) = (find(scroller), find(rows)) else { return change() };
    let edge = scroller.get_bounding_client_rect().top();
    let children = rows.children();
    let seen = (0..children.length()).filter_map(|index| children.item(index));
    let seen = seen.map(|row| (row.get_bounding_client_rect(), row));
    let Some((was, row)) = seen.into_iter().find(|(place, _)| place.bottom() > edge) else { return change() };
    let _ = scroller.set_attribute("data-holding", "");
    change();
    frame(move || {
        let moved = row.get_bounding_client_rect().top() - was.top();
        set_top(&scroller, measure(&scroller).top + moved);
        frame(move || {
            let _ = scroller.remove_attribute("data-holding");
        });
    });
}

/// Marks the rows that have been laid out once: from now on those out of view may be skipped, because the browser
/// remembers their exact size. Runs after the frame in which they were. What is in them gets its names then, too.
pub fn mark_measured(rows: &str) {
    let rows = rows.to_owned();
    frame(move || {
        frame(move || {
            let Some(rows) = find(&rows) else { return };
            name_controls(&rows);
            groups_measured(&rows);
            let children = rows.children();
            for row in (0..children.length()).filter_map(|index| children.item(index)) {
                if !row.has_attribute("data-measured") {
                    let _ = row.set_attribute("data-measured", "");
                }
            }
        });
    });
}
