//! The address that a request comes from. Only a proxy that the operator trusts can name its
//! client, since anybody can write the header.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

/// A range of addresses: `10.0.0.0/8`, `2001:db8::/32`, `192.0.2.7`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    address: IpAddr,
    bits: u8,
}

impl FromStr for Range {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no range of addresses; write 10.0.0.0/8 or 192.0.2.7");
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(most), str::parse).map_err(|_| wrong())?;
        if bits > most {
            return Err(wrong());
        }
        Ok(Self { address, bits })
    }
}

impl Range {
    /// Whether `address` is in it.
    #[must_use]
    pub fn holds(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.bits)).unwrap_or(0);
                (own.to_bits() ^ other.to_bits()) & mask == 0
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.bits)).unwrap_or(0);
                (own.to_bits() ^ other.to_bits()) & mask == 0
            }
            _ => false,
        }
    }
}

/// The addresses of one subscriber: an IPv4 address, or the /64 network of an IPv6 address.
#[must_use]
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(six) => IpAddr::V6((six.to_bits() >> 64 << 64).into()),
        four @ IpAddr::V4(_) => four,
    }
}

/// The trusted proxies and the header that they write. Only one header is read: a proxy passes on
/// headers that it does not know, and those come from the client.
#[derive(Clone, Debug, Default)]
pub struct Proxies {
    /// The addresses of the proxies.
    pub trusted: Vec<Range>,
    /// Whether they write `Forwarded` (RFC 7239) instead of `X-Forwarded-For`.
    pub is_forwarded: bool,
}

impl Proxies {
    /// The name of the header that is read, in lower case.
    #[must_use]
    pub const fn header(&self) -> &'static str {
        if self.is_forwarded { "forwarded" } else { "x-forwarded-for" }
    }

    fn are(&self, address: IpAddr) -> bool {
        self.trusted.iter().any(|range| range.holds(address))
    }

    /// The client behind `peer`: the last address in the header that is not of a trusted proxy.
    /// Addresses before that one may be invented.
    #[must_use]
    pub fn client<'a>(&self, peer: IpAddr, lines: impl Iterator<Item = &'a str>) -> IpAddr {
        let hops: Vec<&str> = lines.flat_map(|line| line.split(',')).collect();
        let mut client = peer;
        for hop in hops.into_iter().rev() {
            if !self.are(client) {
                break;
            }
            let told = if self.is_forwarded { named_for(hop) } else { Some(hop) };
            let Some(address) = told.and_then(address) else { break };
            client = address;
        }
        client
    }
}

/// The value of `for=` in an element of `Forwarded`.
fn named_for(element: &str) -> Option<&str> {
    element.split(';').find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        name.eq_ignore_ascii_case("for").then(|| value.trim().trim_matches('"'))
    })
}

/// Reads an address with or without a port: `192.0.2.1:80`, `[2001:db8::1]:80`.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.strip_prefix('[').and_then(|rest| rest.split_once(']')).map(|(bare, _)| bare);
    let bare = bare.unwrap_or(text);
    let with_port = || bare.parse::<SocketAddr>().ok().map(|address| address.ip());
    bare.parse().ok().or_else(with_port).map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(trusted: &[&str], peer: &str, (name, lines): (&str, &[&str])) -> String {
        let trusted = trusted.iter().map(|range| range.parse().unwrap()).collect();
        let proxies = Proxies { trusted, is_forwarded: name == "forwarded" };
        assert_eq!(proxies.header(), name);
        proxies.client(peer.parse().unwrap(), lines.iter().copied()).to_string()
    }

    #[test]
    fn only_a_trusted_proxy_says_for_whom_it_asks() {
        let told = ("x-forwarded-for", &["198.51.100.7"][..]);
        assert_eq!(client(&[], "192.0.2.1", told), "192.0.2.1");
        assert_eq!(client(&["192.0.2.0/24"], "192.0.2.1", told), "198.51.100.7");
        assert_eq!(client(&["192.0.3.0/24"], "192.0.2.1", told), "192.0.2.1");
        let forwarded = ("forwarded", &["for=\"[2001:db8::7]:80\";proto=https"][..]);
        assert_eq!(client(&["192.0.2.0/24"], "192.0.2.1", forwarded), "2001:db8::7");
    }

    #[test]
    fn what_a_client_writes_itself_is_not_believed() {
        let trusted = ["10.0.0.0/8", "192.0.2.1"];
        let told = |lines| client(&trusted, "192.0.2.1", ("x-forwarded-for", lines));
        assert_eq!(told(&["203.0.113.9, 198.51.100.7, 10.1.1.1"]), "198.51.100.7");
        assert_eq!(told(&["203.0.113.9", "198.51.100.7:4711"]), "198.51.100.7");
        assert_eq!(told(&["198.51.100.7, nonsense"]), "192.0.2.1");
        assert_eq!(told(&["10.0.0.1, 10.0.0.2"]), "10.0.0.1");
    }

    #[test]
    fn a_network_of_ipv6_is_one_address() {
        let of = |text: &str| network(text.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:1"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
    }

    #[test]
    fn a_range_holds_what_begins_alike() {
        let holds = |range: &str, address: &str| {
            range.parse::<Range>().unwrap().holds(address.parse().unwrap())
        };
        assert!(holds("0.0.0.0/0", "203.0.113.1") && holds("::/0", "2001:db8::1"));
        assert!(holds("10.0.0.0/8", "::ffff:10.2.3.4") && !holds("10.0.0.0/8", "11.0.0.1"));
        for wrong in ["10.0.0.0/33", "10.0.0/8", "example", "::/129", "10.0.0.0/x"] {
            assert!(wrong.parse::<Range>().is_err(), "{wrong}");
        }
    }
}
