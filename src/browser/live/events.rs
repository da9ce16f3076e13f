//! The one stream of server-sent events that a tab has. Browsers allow six connections to a host, over all tabs.

use std::{cell::RefCell, rc::Rc};

use web_sys::{Event, EventSource, MessageEvent};

use super::{
    super::Incoming,
    listen::{Guard, listen},
};

thread_local! {
    static STREAM: RefCell<Option<Stream>> = const { RefCell::new(None) };
}

struct Stream {
    source: EventSource,
    _listeners: Vec<Guard>,
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.source.close();
    }
}

/// Opens the tab's stream, in the place of the one before. Events of other names than `names` are not heard.
///
/// The browser's own way of connecting again is not used: it neither slows down nor tells how it goes.
pub fn open_events(url: &str, names: &[&'static str], on: impl Fn(Incoming) + 'static) {
    close_events();
    let Ok(source) = EventSource::new(url) else { return on(Incoming::Failed) };
    let on = Rc::new(on);
    let mut listeners = vec![
        listen::<Event>(&source, &["open"], {
            let on = on.clone();
            move |_| on(Incoming::Open)
        }),
        listen::<Event>(&source, &["error"], {
            let (source, on) = (source.clone(), on.clone());
            move |_| {
                source.close();
                on(Incoming::Failed);
            }
        }),
    ];
    for &name in names {
        let on = on.clone();
        listeners.push(listen::<MessageEvent>(&source, &[name], move |event| {
            let data = event.data().as_string().unwrap_or_default();
            on(Incoming::Event { name, data, id: event.last_event_id() });
        }));
    }
    STREAM.with_borrow_mut(|stream| *stream = Some(Stream { source, _listeners: listeners }));
}

/// Closes the tab's stream.
pub fn close_events() {
    // Taken out first: what is dropped may not find the cell borrowed.
    let stream = STREAM.with_borrow_mut(Option::take);
    if let Some(stream) = stream {
        stream.source.close();
        // It may be one of its own listeners that closes it, and a closure cannot be freed while it runs.
        super::after(0, move || drop(stream));
    }
}
