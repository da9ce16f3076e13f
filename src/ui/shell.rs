//! The document around the app: what the server writes and nobody hydrates.

use leptos::{nonce::use_nonce, prelude::*};
use leptos_meta::MetaTags;

use super::{App, words};

/// A whole document with the app in it.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let (pkg, name) = (options.site_pkg_dir, options.output_name);
    let (style, script, wasm) =
        (format!("/{pkg}/{name}.css"), format!("/{pkg}/{name}.js"), format!("/{pkg}/{name}_bg.wasm"));
    // A path of ours holds no quote, so that it stands in the script as it is.
    let start =
        format!("import init, {{ hydrate }} from '{script}'; init({{ module_or_path: '{wasm}' }}).then(hydrate);");
    let nonce = use_nonce();
    view! {
        <!DOCTYPE html>
        <html lang=words::language().tag()>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1, interactive-widget=resizes-content"/>
                <meta name="color-scheme" content="light dark"/>
                <meta name="theme-color" media="(prefers-color-scheme: light)" content="#fbfaf6"/>
                <meta name="theme-color" media="(prefers-color-scheme: dark)" content="#151412"/>
                <link rel="stylesheet" href=style/>
                <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
                <link rel="modulepreload" href=script/>
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
