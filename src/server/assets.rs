//! The files browsers load: script, WASM, style and the public ones. `script/bundle` makes them and the program carries
//! them inside itself; only a debug build reads them from that folder, so that a new style needs no new program.
//!
//! A page names its files below `/pkg/<hash>/`, where the hash is of all of them: such an address never means anything
//! else, so it is kept for ever. Under a hash of another version (a page from before an upgrade) the files of today are
//! served, and not kept.

use std::sync::OnceLock;

use axum::{
    body::Body,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::Response,
};
use rust_embed::{EmbeddedFile, RustEmbed};
use sha2::{Digest, Sha256};

#[derive(RustEmbed)]
#[folder = "$SKEIN_SITE"]
#[allow_missing = true]
struct Site;

/// Cargo builds again when a variable changes that the code reads like this. The first says where the site is, the
/// second what was in it; a release build carries the files, so it must notice a new one.
const _: (Option<&str>, Option<&str>) = (option_env!("SKEIN_SITE"), option_env!("SKEIN_SITE_HASH"));

const FOR_EVER: &str = "public, max-age=31536000, immutable";
const ASK_FIRST: &str = "no-cache";
const AN_HOUR: &str = "public, max-age=3600";

/// The folder that pages name in the addresses of their script, WASM and style: `pkg/<hash>`.
pub fn pkg_dir() -> &'static str {
    static PKG_DIR: OnceLock<String> = OnceLock::new();
    PKG_DIR.get_or_init(|| format!("pkg/{}", hash_of(Site::iter().map(|name| (Site::get(&name), name)))))
}

/// The file at this path of the site, if there is one, in the encoding the browser likes best.
pub async fn serve(path: &str, headers: &HeaderMap) -> Option<Response> {
    answer(path, headers, pkg_dir(), Site::get)
}

fn hash_of(files: impl Iterator<Item = (Option<EmbeddedFile>, impl AsRef<str>)>) -> String {
    let mut all = Sha256::new();
    for (file, name) in files.filter(|(_, name)| name.as_ref().starts_with("pkg/") && !packed(name.as_ref())) {
        all.update(name.as_ref());
        all.update(file.map(|file| file.metadata.sha256_hash()).unwrap_or_default());
    }
    hex(&all.finalize()[..8])
}

fn answer(
    path: &str,
    headers: &HeaderMap,
    pkg_dir: &str,
    get: impl Fn(&str) -> Option<EmbeddedFile>,
) -> Option<Response> {
    let path = path.strip_prefix('/')?;
    if packed(path) || path.split('/').any(|part| part == "..") {
        return None;
    }
    let (mut name, keep) = match path.strip_prefix("pkg/") {
        None => (path.to_owned(), AN_HOUR),
        Some(rest) => {
            let (hash, name) = rest.split_once('/')?;
            // Any hash there ever was, but nothing else that could stand there, such as an encoded way up.
            if !hash.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
                return None;
            }
            let today = pkg_dir.strip_prefix("pkg/") == Some(hash);
            (format!("pkg/{name}"), if today { FOR_EVER } else { ASK_FIRST })
        }
    };
    // The WASM as cargo-leptos calls it, for whoever builds with that.
    if let Some(stem) = name.strip_suffix("_bg.wasm").filter(|_| get(&name).is_none()) {
        name = format!("{stem}.wasm");
    }
    let plain = get(&name)?;
    let tag = hex(&plain.metadata.sha256_hash()[..8]);
    let kind = match plain.metadata.mimetype() {
        text if text.starts_with("text/") => format!("{text}; charset=utf-8"),
        other => other.to_owned(),
    };
    let (file, encoding) = [("br", ".br"), ("gzip", ".gz")]
        .into_iter()
        .filter(|(encoding, _)| accepts(headers, encoding))
        .find_map(|(encoding, suffix)| Some((get(&format!("{name}{suffix}"))?, Some(encoding))))
        .unwrap_or((plain, None));
    let tag = format!("\"{tag}-{}\"", encoding.unwrap_or("plain"));
    let fresh = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()).is_some_and(|known| {
        known.split(',').map(str::trim).any(|known| known == "*" || known.trim_start_matches("W/") == tag)
    });

    let mut response = Response::new(Body::empty());
    let mut set = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(name, value);
        }
    };
    set(header::ETAG, &tag);
    set(header::CACHE_CONTROL, keep);
    set(header::VARY, "Accept-Encoding");
    if fresh {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return Some(response);
    }
    set(header::CONTENT_TYPE, &kind);
    // Said here too, for HEAD, whose body never leaves.
    set(header::CONTENT_LENGTH, &file.data.len().to_string());
    if let Some(encoding) = encoding {
        set(header::CONTENT_ENCODING, encoding);
    }
    *response.body_mut() = match file.data {
        std::borrow::Cow::Borrowed(bytes) => bytes.into(),
        std::borrow::Cow::Owned(bytes) => bytes.into(),
    };
    Some(response)
}

/// A compressed twin, which has no address of its own.
fn packed(name: &str) -> bool {
    name.ends_with(".br") || name.ends_with(".gz")
}

/// Whether `Accept-Encoding` allows this one, by name or by `*`, and not with a weight of zero.
fn accepts(headers: &HeaderMap, encoding: &str) -> bool {
    let values = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    let mut any = false;
    for item in values.flat_map(|value| value.split(',')) {
        let (name, weight) = item.split_once(';').unwrap_or((item, "q=1"));
        let weight = weight.trim().strip_prefix("q=").and_then(|weight| weight.parse().ok()).unwrap_or(1.0);
        match name.trim() {
            name if name.eq_ignore_ascii_case(encoding) => return weight > 0.0,
            "*" => any = weight > 0.0,
            _ => {}
        }
    }
    any
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use rust_embed::Metadata;

    use super::*;

    /// A site of four files; two have twins.
    fn get(name: &str) -> Option<EmbeddedFile> {
        let (data, mimetype): (&[u8], _) = match name {
            "pkg/skein.js" => (b"plain script", "text/javascript"),
            "pkg/skein.js.br" => (b"br script", "application/octet-stream"),
            "pkg/skein.js.gz" => (b"gz script", "application/gzip"),
            "pkg/skein_bg.wasm" => (b"wasm", "application/wasm"),
            "pkg/skein_bg.wasm.gz" => (b"gz wasm", "application/gzip"),
            "pkg/other.wasm" => (b"other", "application/wasm"),
            "favicon.svg" => (b"<svg/>", "image/svg+xml"),
            _ => return None,
        };
        let hash = Sha256::digest(data).into();
        Some(EmbeddedFile { data: data.into(), metadata: Metadata::__rust_embed_new(hash, None, None, mimetype) })
    }

    fn asked(path: &str, headers: &[(HeaderName, &'static str)]) -> Option<Response> {
        let headers = headers.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect();
        answer(path, &headers, "pkg/abc", get)
    }

    fn said(response: &Response, name: HeaderName) -> &str {
        response.headers().get(name).map_or("", |value| value.to_str().unwrap())
    }

    async fn body(response: Response) -> Vec<u8> {
        to_bytes(response.into_body(), 1000).await.unwrap().to_vec()
    }

    #[tokio::test]
    async fn the_best_encoding_the_browser_takes_is_sent() {
        for (accept, encoding, bytes) in [
            ("gzip, deflate, br, zstd", "br", "br script"),
            ("gzip;q=1.0, br;q=0", "gzip", "gz script"),
            ("GZIP", "gzip", "gz script"),
            ("*", "br", "br script"),
            ("identity", "", "plain script"),
            ("*;q=0, identity", "", "plain script"),
            ("brotli, x", "", "plain script"),
        ] {
            let response = asked("/pkg/abc/skein.js", &[(header::ACCEPT_ENCODING, accept)]).unwrap();
            assert_eq!(said(&response, header::CONTENT_ENCODING), encoding, "{accept}");
            assert_eq!(said(&response, header::CONTENT_TYPE), "text/javascript; charset=utf-8");
            assert_eq!(said(&response, header::CONTENT_LENGTH), bytes.len().to_string());
            assert_eq!(said(&response, header::VARY), "Accept-Encoding");
            assert_eq!(body(response).await, bytes.as_bytes(), "{accept}");
        }
        let wasm = asked("/pkg/abc/skein_bg.wasm", &[(header::ACCEPT_ENCODING, "gzip, br")]).unwrap();
        assert_eq!(said(&wasm, header::CONTENT_ENCODING), "gzip", "there is no Brotli twin");
        assert_eq!(said(&wasm, header::CONTENT_TYPE), "application/wasm");
        assert!(asked("/pkg/abc/other_bg.wasm", &[]).is_some(), "by the name that cargo-leptos gives it");
    }

    #[test]
    fn only_the_current_address_is_kept_for_ever() {
        let kept = |path| said(&asked(path, &[]).unwrap(), header::CACHE_CONTROL).to_owned();
        assert_eq!(kept("/pkg/abc/skein.js"), FOR_EVER);
        assert_eq!(kept("/pkg/old/skein.js"), ASK_FIRST);
        assert_eq!(kept("/favicon.svg"), AN_HOUR);
    }

    #[tokio::test]
    async fn a_browser_that_has_the_file_gets_no_bytes() {
        let first = asked("/pkg/old/skein.js", &[(header::ACCEPT_ENCODING, "br")]).unwrap();
        let tag: &'static str = said(&first, header::ETAG).to_owned().leak();
        assert!(tag.starts_with('"') && tag.ends_with("-br\""), "{tag}");
        for known in [tag, format!("\"x\", W/{tag}").leak(), "*"] {
            let headers = [(header::ACCEPT_ENCODING, "br"), (header::IF_NONE_MATCH, known)];
            let again = asked("/pkg/old/skein.js", &headers).unwrap();
            assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
            assert_eq!((said(&again, header::ETAG), said(&again, header::CACHE_CONTROL)), (tag, ASK_FIRST));
            assert!(body(again).await.is_empty());
        }
        let other = asked("/pkg/old/skein.js", &[(header::IF_NONE_MATCH, tag)]).unwrap();
        assert_eq!(other.status(), StatusCode::OK, "the plain file is another one");
    }

    #[test]
    fn nothing_else_has_an_address() {
        for path in [
            "/",
            "",
            "/pkg",
            "/pkg/",
            "/pkg/skein.js",
            "/pkg/abc/",
            "/pkg/abc/none.js",
            "/pkg/abc/skein.js.br",
            "/favicon.svg.gz",
            "/pkg/abc/../skein.js",
            "/pkg/..%2fabc/skein.js",
            "/../favicon.svg",
        ] {
            assert!(asked(path, &[]).is_none(), "{path}");
        }
    }

    #[test]
    fn the_hash_is_of_what_the_package_says() {
        let hash = |names: &[&'static str]| hash_of(names.iter().map(|name| (get(name), *name)));
        let one = hash(&["pkg/skein.js", "pkg/skein_bg.wasm"]);
        assert_eq!(one.len(), 16);
        assert_ne!(one, hash(&["pkg/skein.js"]));
        assert_eq!(one, hash(&["favicon.svg", "pkg/skein.js", "pkg/skein.js.br", "pkg/skein_bg.wasm"]));
        assert!(pkg_dir().starts_with("pkg/"));
    }
}
