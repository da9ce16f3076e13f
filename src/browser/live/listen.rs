//! Listening to the browser, for as long as someone cares.

use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{AddEventListenerOptions, Event, EventTarget};

/// Ends what it stands for when dropped.
#[derive(Default)]
pub struct Guard(Option<Box<dyn FnOnce()>>);

impl Guard {
    pub(super) fn new(end: impl FnOnce() + 'static) -> Self {
        Self(Some(Box::new(end)))
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(end) = self.0.take() {
            end();
        }
    }
}

/// Calls `run` for each of the `names` events at `target`. Passive: scrolling need not wait for us.
pub(super) fn listen<E: JsCast + 'static>(target: &EventTarget, names: &[&str], run: impl Fn(&E) + 'static) -> Guard {
    let closure = Closure::<dyn Fn(Event)>::new(move |event: Event| run(event.unchecked_ref()));
    let options = AddEventListenerOptions::new();
    options.set_passive(true);
    for name in names {
        let function = closure.as_ref().unchecked_ref();
        let _ = target.add_event_listener_with_callback_and_add_event_listener_options(name, function, &options);
    }
    let target = target.clone();
    let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    Guard::new(move || {
        for name in names {
            let _ = target.remove_event_listener_with_callback(&name, closure.as_ref().unchecked_ref());
        }
    })
}
