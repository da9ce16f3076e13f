//! Whose request it is, where it comes through a proxy.
//!
//! Anybody can write anything into a header. So they are believed only of a proxy that the settings name, and of what it
//! sends only what it added itself: the end of the list. What stands before that, the client may have written.

use std::{
    net::{IpAddr, SocketAddr},
    str::FromStr,
};

/// How many proxies in a row are looked through.
const MOST_HOPS: usize = 32;

/// Some addresses: one, or all that begin alike (`10.0.0.0/8`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Network {
    address: IpAddr,
    /// How many bits hold.
    bits: u8,
}

impl Network {
    fn has(&self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(own), IpAddr::V4(other)) => same(own.to_bits().into(), other.to_bits().into(), 32, self.bits),
            (IpAddr::V6(own), IpAddr::V6(other)) => same(own.to_bits(), other.to_bits(), 128, self.bits),
            _ => false,
        }
    }
}

/// Whether the first `bits` of two addresses of this width are the same.
fn same(one: u128, other: u128, width: u32, bits: u8) -> bool {
    // All bits of a width of 128 cannot be shifted out at once.
    (one ^ other).checked_shr(width.saturating_sub(bits.into())).unwrap_or(0) == 0
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("an address or a network is wanted, such as 127.0.0.1 or 10.0.0.0/8")]
pub struct NotANetwork;

impl FromStr for Network {
    type Err = NotANetwork;

    fn from_str(text: &str) -> Result<Self, NotANetwork> {
        let (address, bits) = match text.trim().split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse().map_err(|_| NotANetwork)?)),
            None => (text.trim(), None),
        };
        let address: IpAddr = address.parse().map_err(|_| NotANetwork)?;
        let width = if address.is_ipv4() { 32 } else { 128 };
        let bits: u8 = bits.unwrap_or(width);
        if bits > width {
            return Err(NotANetwork);
        }
        // Addresses are compared as they are counted: an IPv4 one in IPv6's clothes is an IPv4 one.
        Ok(match (address.to_canonical(), bits.checked_sub(96)) {
            (v4 @ IpAddr::V4(_), Some(bits)) if address.is_ipv6() => Self { address: v4, bits },
            _ => Self { address, bits },
        })
    }
}

/// The address of who sent a request that came from `peer`: the last one in `X-Forwarded-For` or `Forwarded` that is not
/// a trusted proxy's, if `peer` is one; `peer` otherwise. A place of which no address is told ends the search at the one
/// after it. Where both headers are there and do not agree, only one can be the proxy's and neither is believed.
pub fn client<'a>(
    trusted: &[Network],
    peer: IpAddr,
    lists: Lists<'a, impl DoubleEndedIterator<Item = &'a str>>,
) -> IpAddr {
    if !is_trusted(trusted, peer) {
        return peer;
    }
    let listed = last(trusted, peer, lists.x_forwarded_for, address);
    match (listed, last(trusted, peer, lists.forwarded, forwarded)) {
        (Some(one), Some(other)) if one != other => peer,
        (Some(client), _) | (None, Some(client)) => client,
        (None, None) => peer,
    }
}

/// The lines of the two headers. Several lines of one are one list.
pub struct Lists<'a, Lines: Iterator<Item = &'a str>> {
    pub x_forwarded_for: Lines,
    pub forwarded: Lines,
}

fn is_trusted(trusted: &[Network], address: IpAddr) -> bool {
    trusted.iter().any(|network| network.has(address))
}

/// The last address of a list that is not a trusted proxy's. None: there is no list.
fn last<'a>(
    trusted: &[Network],
    peer: IpAddr,
    lines: impl DoubleEndedIterator<Item = &'a str>,
    read: fn(&str) -> Option<IpAddr>,
) -> Option<IpAddr> {
    let mut client = None;
    for hop in lines.rev().flat_map(|line| line.rsplit(',')).take(MOST_HOPS) {
        let Some(address) = read(hop) else { return Some(client.unwrap_or(peer)) };
        client = Some(address);
        if !is_trusted(trusted, address) {
            break;
        }
    }
    client
}

/// The address in `for=192.0.2.7;proto=https`.
fn forwarded(hop: &str) -> Option<IpAddr> {
    let pair = hop
        .split(';')
        .filter_map(|pair| pair.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("for"))?;
    let value = pair.1.trim();
    address(value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value))
}

/// An address, with or without a port: `192.0.2.7`, `192.0.2.7:4711`, `2001:db8::7`, `[2001:db8::7]:4711`.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = || text.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    text.parse().ok().or_else(with_port).or_else(bare).map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn networks(texts: &[&str]) -> Vec<Network> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    fn who(trusted: &[&str], peer: &str, lines: &[(&str, &str)]) -> String {
        let of = |wanted: &str| {
            let lines = lines.iter().filter(|(name, _)| *name == wanted).map(|(_, value)| *value);
            lines.collect::<Vec<_>>().into_iter()
        };
        let lists = Lists { x_forwarded_for: of("x-forwarded-for"), forwarded: of("forwarded") };
        client(&networks(trusted), peer.parse().unwrap(), lists).to_string()
    }

    #[test]
    fn networks_have_their_addresses_and_no_others() {
        for (network, inside, outside) in [
            ("127.0.0.1", "127.0.0.1", "127.0.0.2"),
            ("10.0.0.0/8", "10.255.0.1", "11.0.0.1"),
            ("10.1.2.3/8", "10.255.0.1", "::ffff:b00:1"),
            ("192.168.4.0/22", "192.168.7.255", "192.168.8.0"),
            ("0.0.0.0/0", "203.0.113.9", "2001:db8::1"),
            ("::1", "::1", "::2"),
            ("2001:db8::/32", "2001:db8:ffff::1", "2001:db9::1"),
            ("::/0", "2001:db8::1", "203.0.113.9"),
            ("::ffff:10.0.0.0/104", "10.9.9.9", "11.0.0.0"),
        ] {
            let network: Network = network.parse().unwrap();
            assert!(network.has(inside.parse().unwrap()), "{network:?} {inside}");
            assert!(!network.has(outside.parse().unwrap()), "{network:?} {outside}");
        }
        for text in ["", "localhost", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/-1", "10.0/8", "1.2.3.4/8/8", "*"]
        {
            assert_eq!(text.parse::<Network>(), Err(NotANetwork), "{text:?}");
        }
    }

    #[test]
    fn a_header_counts_only_from_a_trusted_proxy() {
        let said = &[("x-forwarded-for", "198.51.100.1"), ("forwarded", "for=198.51.100.1")];
        assert_eq!(who(&[], "127.0.0.1", said), "127.0.0.1", "nobody is trusted by default");
        assert_eq!(who(&["10.0.0.1"], "127.0.0.1", said), "127.0.0.1");
        assert_eq!(who(&["127.0.0.1"], "127.0.0.1", said), "198.51.100.1");
        assert_eq!(who(&["127.0.0.1"], "127.0.0.1", &[]), "127.0.0.1");
    }

    #[test]
    fn only_what_the_proxies_added_counts() {
        let trusted = &["127.0.0.1", "10.0.0.0/8", "::1"];
        for (list, found) in [
            ("203.0.113.9", "203.0.113.9"),
            // The client wrote the first one itself, or the first hundred.
            ("1.1.1.1, 203.0.113.9", "203.0.113.9"),
            ("127.0.0.1, 203.0.113.9", "203.0.113.9"),
            ("1.1.1.1, 203.0.113.9, 10.0.0.7", "203.0.113.9"),
            ("1.1.1.1,203.0.113.9,10.0.0.7,10.0.0.8", "203.0.113.9"),
            ("not an address, 203.0.113.9", "203.0.113.9"),
            // A proxy that does not know; what stands before it is nobody's word.
            ("1.1.1.1, unknown", "127.0.0.1"),
            ("1.1.1.1, unknown, 10.0.0.7", "10.0.0.7"),
            ("1.1.1.1,", "127.0.0.1"),
            ("", "127.0.0.1"),
            // Within the own network.
            ("10.0.0.5", "10.0.0.5"),
            ("10.0.0.5, 10.0.0.7", "10.0.0.5"),
            // As others write it.
            ("203.0.113.9:4711", "203.0.113.9"),
            ("2001:db8::7", "2001:db8::7"),
            ("[2001:db8::7]:4711", "2001:db8::7"),
            ("[2001:db8::7]", "2001:db8::7"),
            ("::ffff:203.0.113.9", "203.0.113.9"),
            ("1.1.1.1, é", "127.0.0.1"),
        ] {
            assert_eq!(who(trusted, "127.0.0.1", &[("x-forwarded-for", list)]), found, "{list}");
        }
        let two = [("x-forwarded-for", "1.1.1.1, 203.0.113.9"), ("x-forwarded-for", "10.0.0.7")];
        assert_eq!(who(trusted, "::1", &two), "203.0.113.9", "lines are one list");
        let endless = vec!["10.0.0.7"; 10_000].join(",");
        assert_eq!(who(trusted, "127.0.0.1", &[("x-forwarded-for", &format!("1.1.1.1,{endless}"))]), "10.0.0.7");
    }

    #[test]
    fn the_newer_header_is_read_too_but_two_that_disagree_are_not() {
        let trusted = &["127.0.0.1", "10.0.0.0/8"];
        for (list, found) in [
            ("for=203.0.113.9", "203.0.113.9"),
            ("For=\"[2001:db8:cafe::17]:4711\";proto=https;by=10.0.0.1", "2001:db8:cafe::17"),
            ("for=1.1.1.1, proto=http; for=203.0.113.9, for=10.0.0.1", "203.0.113.9"),
            ("for=1.1.1.1, for=_hidden", "127.0.0.1"),
            ("for=1.1.1.1, proto=https", "127.0.0.1"),
            ("for=1.1.1.1, for=\"203.0.113.9", "127.0.0.1"),
        ] {
            assert_eq!(who(trusted, "127.0.0.1", &[("forwarded", list)]), found, "{list}");
        }
        let both = |own, client| who(trusted, "127.0.0.1", &[("x-forwarded-for", own), ("forwarded", client)]);
        assert_eq!(both("203.0.113.9", "for=203.0.113.9"), "203.0.113.9");
        assert_eq!(both("203.0.113.9", "for=1.1.1.1"), "127.0.0.1", "one of them is the client's own");
    }
}
