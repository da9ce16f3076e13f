//! The document around the app: what the server writes and nobody hydrates.

use leptos::{attr::custom::CustomAttribute, html, nonce::use_nonce, prelude::*};
use leptos_meta::MetaTags;

use super::{App, words};
use crate::{
    browser::at,
    model::{Preferences, Theme},
};

/// A whole document with the app in it.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let (pkg, name) = (options.site_pkg_dir, options.output_name);
    let file = |name: &str| at(&format!("/{pkg}/{name}"));
    let (style, script, wasm) =
        (file(&format!("{name}.css")), file(&format!("{name}.js")), file(&format!("{name}_bg.wasm")));
    // The script imports it: what fetches the parts that only some pages need.
    let parts = file("parts.js");
    // A path of ours holds no quote, so that it stands in the script as it is.
    let start =
        format!("import init, {{ hydrate }} from '{script}'; init({{ module_or_path: '{wasm}' }}).then(hydrate);");
    let base = Some(at("")).filter(|base| !base.is_empty());
    // Who came past the proxy has a page whose paths are not its own: they are led to the right one.
    let start = match &base {
        Some(base) => format!(
            "import init, {{ hydrate }} from '{script}'; const path = location.pathname; \
             if (path === '{base}' || path.startsWith('{base}/')) init({{ module_or_path: '{wasm}' }}).then(hydrate); \
             else location.replace('{base}' + path + location.search + location.hash);"
        ),
        None => start,
    };
    let nonce = use_nonce();
    let Preferences { theme, sidebar, .. } = use_context().unwrap_or_default();
    let scheme = if theme == Theme::System { "light dark" } else { theme.as_str() };
    let colour = |colour| html::meta().name("theme-color").content(colour);
    let [light, dark] = ["#fbfaf6", "#151412"].map(colour);
    let colours = match theme {
        Theme::System => {
            (light.attr("media", "(prefers-color-scheme: light)"), dark.attr("media", "(prefers-color-scheme: dark)"))
                .into_any()
        }
        Theme::Light => light.into_any(),
        Theme::Dark => dark.into_any(),
    };
    view! {
        <!DOCTYPE html>
        <html lang=words::language().tag() data-theme=theme.as_str() data-sidebar=(!sidebar).then_some("off") data-base=base>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1, interactive-widget=resizes-content"/>
                <meta name="color-scheme" content=scheme/>
                {colours}
                <link rel="stylesheet" href=style/>
                <link rel="icon" href=at("/favicon.svg") type="image/svg+xml"/>
                <link rel="modulepreload" href=script/>
                <link rel="modulepreload" href=parts/>
                <link rel="preload" href=wasm r#as="fetch" r#type="application/wasm" crossorigin="anonymous"/>
                <script type="module" nonce=nonce>{start}</script>
                <MetaTags/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}
