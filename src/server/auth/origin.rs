//! Where a request comes from: what another site's page sends may change nothing here.

/// Whether a request may pass. `site` is its `Sec-Fetch-Site`, `public` the addresses this server is reached by where
/// those differ from the `Host` header, as they may behind a proxy.
///
/// Reading is always allowed: a browser does not show another site what it got. A browser says by itself where a request
/// comes from, and no page can change that: `Sec-Fetch-Site` to secure addresses, `Origin` elsewhere. What has neither
/// does not come from a browser, and brings no cookie that somebody else could make it send.
pub fn may_pass(method: &str, site: Option<&str>, origin: Option<&str>, host: Option<&str>, public: &[&str]) -> bool {
    if matches!(method, "GET" | "HEAD" | "OPTIONS" | "TRACE") {
        return true;
    }
    match (site, origin) {
        // "none": the person did it in the browser itself, by sending a form again for instance.
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => is_ours(origin, host, public),
        (None, None) => true,
    }
}

/// Whether a `Host` header names this machine itself or one of its public addresses. A server without accounts must ask
/// this of every request, reading ones too: another site's name can be made to lead to the local machine (DNS
/// rebinding), and to the browser its page is then at home here.
pub fn is_known_host(host: Option<&str>, public: &[&str]) -> bool {
    let Some(host) = host else { return false };
    let name = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, _)) => address,
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    };
    let name = name.to_ascii_lowercase();
    let local = name == "localhost"
        || name.ends_with(".localhost")
        || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback());
    local || public.iter().filter_map(|url| place(url)).any(|public| place_of(public.0, host) == Some(public))
}

fn is_ours(origin: &str, host: Option<&str>, public: &[&str]) -> bool {
    let Some(place) = place(origin) else { return false };
    let same = |other: Option<(Scheme, String)>| other.as_ref() == Some(&place);
    // The scheme cannot be compared: a proxy may speak HTTPS for us.
    host.is_some_and(|host| same(place_of(place.0, host))) || public.iter().any(|url| same(self::place(url)))
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Scheme {
    Http,
    Https,
}

/// The scheme, host and port of an address; what follows them is of no interest.
fn place(url: &str) -> Option<(Scheme, String)> {
    let (scheme, rest) = url.trim().split_once("://")?;
    let scheme = match scheme.to_ascii_lowercase().as_str() {
        "http" => Scheme::Http,
        "https" => Scheme::Https,
        _ => return None,
    };
    place_of(scheme, rest.split(['/', '?', '#']).next()?)
}

/// The same of `host` or `host:port`, with the port always said.
fn place_of(scheme: Scheme, host: &str) -> Option<(Scheme, String)> {
    if host.is_empty() || host.contains(['@', '\\', ' ']) {
        return None;
    }
    let mut host = host.to_ascii_lowercase();
    let after_brackets = host.rfind(']').map_or(0, |end| end + 1);
    if !host[after_brackets..].contains(':') {
        host.push_str(match scheme {
            Scheme::Http => ":80",
            Scheme::Https => ":443",
        });
    }
    Some((scheme, host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_pages_change_anything() {
        let host = Some("chat.example:3000");
        let public = ["https://chat.example.org/", "http://10.0.0.7:8080"];
        let own = Some("http://chat.example:3000");
        for (method, site, origin, host, passes) in [
            // Reading is free.
            ("GET", Some("cross-site"), Some("https://evil.example"), host, true),
            ("HEAD", Some("cross-site"), None, host, true),
            ("OPTIONS", None, Some("https://evil.example"), host, true),
            // A browser that says it.
            ("POST", Some("same-origin"), own, host, true),
            ("POST", Some("same-origin"), Some("https://seen-by-the-proxy.example"), host, true),
            ("POST", Some("none"), None, host, true),
            ("POST", Some("same-site"), Some("http://other.example:3000"), host, false),
            ("POST", Some("cross-site"), Some("https://evil.example"), host, false),
            ("POST", Some("cross-site"), own, host, false),
            ("POST", Some("cross-site"), None, host, false),
            ("POST", Some(""), own, host, false),
            ("POST", Some("Same-Origin"), own, host, false),
            ("DELETE", Some("cross-site"), None, host, false),
            ("PUT", Some("cross-site"), None, host, false),
            ("post", Some("cross-site"), None, host, false),
            ("get", Some("cross-site"), None, host, false),
            // One that only says the origin.
            ("POST", None, own, host, true),
            ("POST", None, Some("HTTP://Chat.Example:3000"), host, true),
            ("POST", None, Some("https://chat.example:3000"), host, true),
            ("POST", None, Some("http://chat.example"), Some("chat.example"), true),
            ("POST", None, Some("http://chat.example"), Some("chat.example:80"), true),
            ("POST", None, Some("https://chat.example"), Some("chat.example:443"), true),
            ("POST", None, Some("http://[::1]:3000"), Some("[::1]:3000"), true),
            ("POST", None, Some("http://[::1]"), Some("[::1]"), true),
            ("POST", None, Some("https://chat.example.org"), Some("127.0.0.1:3000"), true),
            ("POST", None, Some("http://10.0.0.7:8080"), Some("127.0.0.1:3000"), true),
            ("POST", None, Some("http://chat.example.org"), Some("127.0.0.1:3000"), false),
            ("POST", None, Some("http://10.0.0.7"), Some("127.0.0.1:3000"), false),
            ("POST", None, Some("http://chat.example:3001"), host, false),
            ("POST", None, Some("https://chat.example"), Some("chat.example:80"), false),
            ("POST", None, Some("https://evil.example"), host, false),
            ("POST", None, Some("http://chat.example:3000.evil.example"), host, false),
            ("POST", None, Some("http://evil.example/chat.example:3000"), host, false),
            ("POST", None, Some("http://chat.example:3000@evil.example"), host, false),
            ("POST", None, Some("null"), host, false),
            ("POST", None, Some("null"), None, false),
            ("POST", None, Some(""), host, false),
            ("POST", None, Some("ftp://chat.example:3000"), host, false),
            ("POST", None, own, None, false),
            // Not a browser.
            ("POST", None, None, host, true),
            ("DELETE", None, None, None, true),
        ] {
            assert_eq!(
                may_pass(method, site, origin, host, &public),
                passes,
                "{method} site={site:?} origin={origin:?} host={host:?}"
            );
        }
    }

    #[test]
    fn a_strangers_name_is_not_this_machine() {
        let public = ["https://chat.example.org/path", "http://intra:8080"];
        for host in [
            "localhost",
            "LOCALHOST:3000",
            "chat.localhost:3000",
            "127.0.0.1",
            "127.9.9.9:80",
            "[::1]:3000",
            "[::1]",
            "[::ffff:127.0.0.1]:1",
            "chat.example.org",
            "chat.example.org:443",
            "Intra:8080",
        ] {
            assert!(is_known_host(Some(host), &public), "{host}");
        }
        for host in [
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example:3000",
            "10.0.0.1",
            "[::2]",
            "intra",
            "",
            "chat.example.org:80",
            "evil-localhost",
            "0.0.0.0",
        ] {
            assert!(!is_known_host(Some(host), &public), "{host}");
        }
        assert!(!is_known_host(None, &public));
    }
}
