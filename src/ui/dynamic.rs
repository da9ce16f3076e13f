//! Parts of views that change, behind a pointer. Each closure is a type of its own, and for each type of a view there is
//! code of its own in what a browser loads; like this they share it.

use leptos::prelude::*;

/// A part of a view that changes.
pub type Dynamic<T> = Box<dyn Fn() -> T + Send>;

/// A child or an attribute that is read anew whenever what it read changes.
pub fn dynamic<T>(part: impl Fn() -> T + Send + 'static) -> Dynamic<T> {
    Box::new(part)
}

/// A child that is there or not.
pub fn shown<V: IntoView + 'static>(part: impl Fn() -> Option<V> + Send + 'static) -> Dynamic<AnyView> {
    Box::new(move || match part() {
        Some(view) => view.into_any(),
        None => ().into_any(),
    })
}

/// Runs in the browser, now and whenever what it read changes.
pub fn effect(run: impl FnMut() + 'static) {
    let mut run: Box<dyn FnMut()> = Box::new(run);
    Effect::new(move |_: Option<()>| run());
}
