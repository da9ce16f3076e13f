//! Icons, inlined: one set, of which only what is used is here. The paths are Lucide's (lucide.dev, ISC licence,
//! © Lucide Contributors); the brand mark is our own.

use leptos::prelude::*;

macro_rules! shapes {
    ($($(#[$doc:meta])* $name:ident = $path:literal;)*) => {
        /// What an icon shows.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum Shape { $($(#[$doc])* $name,)* }

        impl Shape {
            fn path(self) -> &'static str {
                match self { $(Self::$name => $path,)* }
            }
        }
    };
}

shapes! {
    Alert = "M21.73 18l-8-14a2 2 0 0 0-3.48 0l-8 14A2 2 0 0 0 4 21h16a2 2 0 0 0 1.73-3M12 9v4M12 17h.01";
    ArrowDown = "M12 5v14M19 12l-7 7-7-7";
    ArrowUp = "M5 12l7-7 7 7M12 19V5";
    Chart = "M5 21v-6M12 21V9M19 21V3";
    Check = "M20 6 9 17l-5-5";
    ChevronDown = "M6 9l6 6 6-6";
    ChevronLeft = "M15 18l-6-6 6-6";
    ChevronRight = "M9 18l6-6-6-6";
    Close = "M18 6 6 18M6 6l12 12";
    Continue = "M5 4l8 8-8 8M13 4l8 8-8 8";
    Copy = "M10 8h10a2 2 0 0 1 2 2v10a2 2 0 0 1-2 2H10a2 2 0 0 1-2-2V10a2 2 0 0 1 2-2zM4 16c-1.1 0-2-.9-2-2V4c0-1.1.9-2 2-2h10c1.1 0 2 .9 2 2";
    File = "M15 2H6a2 2 0 0 0-2 2v16a2 2 0 0 0 2 2h12a2 2 0 0 0 2-2V7zM14 2v4a2 2 0 0 0 2 2h4";
    Fork = "M6 3v12M18 9a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM6 21a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM18 9a9 9 0 0 1-9 9";
    Image = "M5 3h14a2 2 0 0 1 2 2v14a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2zM21 15l-3.1-3.1a2 2 0 0 0-2.8 0L6 21M9 7a2 2 0 1 1 0 4 2 2 0 0 1 0-4z";
    Keyboard = "M4 4h16a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2H4a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2zM10 8h.01M12 12h.01M14 8h.01M16 12h.01M18 8h.01M6 8h.01M7 16h10M8 12h.01";
    Menu = "M4 6h16M4 12h16M4 18h16";
    More = "M12 12h.01M19 12h.01M5 12h.01";
    Pencil = "M21.174 6.812a1 1 0 0 0-3.986-3.987L3.842 16.174a2 2 0 0 0-.5.83l-1.321 4.352a.5.5 0 0 0 .623.622l4.353-1.32a2 2 0 0 0 .83-.497zM15 5l4 4";
    Plus = "M5 12h14M12 5v14";
    Refresh = "M3 12a9 9 0 0 1 9-9 9.75 9.75 0 0 1 6.74 2.74L21 8M21 3v5h-5M21 12a9 9 0 0 1-9 9 9.75 9.75 0 0 1-6.74-2.74L3 16M8 16H3v5";
    Retry = "M3 12a9 9 0 1 0 9-9 9.75 9.75 0 0 0-6.74 2.74L3 8M3 3v5h5";
    Settings = "M14 17H5M19 7h-9M20 17a3 3 0 1 1-6 0 3 3 0 0 1 6 0zM10 7a3 3 0 1 1-6 0 3 3 0 0 1 6 0z";
    SignOut = "M16 17l5-5-5-5M21 12H9M9 21H5a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2h4";
    /// A filled square.
    Stop = "M8 7h8a1 1 0 0 1 1 1v8a1 1 0 0 1-1 1H8a1 1 0 0 1-1-1V8a1 1 0 0 1 1-1z";
    Trash = "M3 6h18M19 6v14a2 2 0 0 1-2 2H7a2 2 0 0 1-2-2V6M8 6V4a2 2 0 0 1 2-2h4a2 2 0 0 1 2 2v2M10 11v6M14 11v6";
}

/// An icon. It says nothing to a screen reader: what it stands in has the label.
#[component]
pub fn Icon(shape: Shape) -> impl IntoView {
    view! {
        <svg class="icon" data-solid=(shape == Shape::Stop).then_some("") data-dots=(shape == Shape::More).then_some("") viewBox="0 0 24 24" aria-hidden="true">
            <path d=shape.path()></path>
        </svg>
    }
}

/// The same as a piece of HTML.
pub fn push_icon(html: &mut String, shape: Shape) {
    html.push_str("<svg class=\"icon\"");
    match shape {
        Shape::Stop => html.push_str(" data-solid"),
        Shape::More => html.push_str(" data-dots"),
        _ => {}
    }
    html.push_str(" viewBox=\"0 0 24 24\" aria-hidden=\"true\"><path d=\"");
    html.push_str(shape.path());
    html.push_str("\"/></svg>");
}

/// The mark: three strands that run together.
#[component]
pub fn Brand() -> impl IntoView {
    view! {
        <svg class="brand-mark" viewBox="0 0 24 24" aria-hidden="true">
            <path d="M3 9.5c3.2-5.2 14.8-5.2 18 0M4.2 14.2c3-4.4 12.6-4.4 15.6 0M5.6 18.6c2.6-3.4 10.2-3.4 12.8 0"></path>
        </svg>
    }
}
