//! Which addresses of the local network are worth trying, and in which order. Pure.

use std::collections::HashSet;
use std::net::Ipv4Addr;

use crate::host::network::{Neighbour, Network};

/// Most addresses that are tried.
pub const HOST_LIMIT: usize = 1024;

/// First two bytes of the network adapters that the vendor builds in. Not all of them: such a
/// neighbour is tried first, no other is left out.
const VENDOR_MAC: [u8; 2] = [0x00, 0x22];

/// Addresses to try, each once, at most [`HOST_LIMIT`]: the neighbours, those with a MAC of the
/// vendor first; then the hosts of our networks, nearest to our own address first. Addresses that
/// no device can have are left out.
#[must_use]
pub fn hosts(networks: &[Network], neighbours: &[Neighbour]) -> Vec<Ipv4Addr> {
    let spans: Vec<Span> = networks.iter().filter_map(Span::of).collect();
    let is_edge = |address: Ipv4Addr| spans.iter().any(|span| span.has_at_edge(address.to_bits()));
    let mut chosen = Chosen::default();
    let mut add = |address: Ipv4Addr| {
        if is_device(address) && !is_edge(address) {
            chosen.add(address);
        }
        chosen.order.len() < HOST_LIMIT
    };
    let is_vendor = |neighbour: &&Neighbour| neighbour.mac.starts_with(&VENDOR_MAC);
    let is_rest = |neighbour: &&Neighbour| !is_vendor(neighbour);
    for neighbour in neighbours.iter().filter(is_vendor).chain(neighbours.iter().filter(is_rest)) {
        add(neighbour.ip);
    }
    let reach = spans.iter().map(Span::reach).max().unwrap_or(0);
    let mut around = (0..=reach).flat_map(|distance| spans.iter().flat_map(move |span| span.at(distance)));
    while around.next().is_some_and(&mut add) {}
    chosen.order
}

#[derive(Default)]
struct Chosen {
    order: Vec<Ipv4Addr>,
    known: HashSet<Ipv4Addr>,
}

impl Chosen {
    fn add(&mut self, address: Ipv4Addr) {
        if self.order.len() < HOST_LIMIT && self.known.insert(address) {
            self.order.push(address);
        }
    }
}

/// The addresses of a network.
struct Span {
    own: u32,
    lowest: u32,
    highest: u32,
}

impl Span {
    /// `None` for a network in which no device can be.
    fn of(network: &Network) -> Option<Self> {
        if !is_device(network.address) || network.prefix_len > 32 {
            return None;
        }
        let own = network.address.to_bits();
        let host_bits = u32::MAX.checked_shr(u32::from(network.prefix_len)).unwrap_or(0);
        Some(Self { own, lowest: own & !host_bits, highest: own | host_bits })
    }

    /// True for the network's own address and its broadcast; networks of one or two addresses
    /// have neither.
    fn has_at_edge(&self, address: u32) -> bool {
        self.highest - self.lowest > 1 && (address == self.lowest || address == self.highest)
    }

    fn reach(&self) -> u32 {
        self.own.abs_diff(self.lowest).max(self.own.abs_diff(self.highest))
    }

    /// The one or two addresses so far away from our own address.
    fn at(&self, distance: u32) -> impl Iterator<Item = Ipv4Addr> {
        let sides = [self.own.checked_sub(distance), self.own.checked_add(distance)];
        let range = self.lowest..=self.highest;
        sides.into_iter().flatten().filter(move |host| range.contains(host)).map(Ipv4Addr::from_bits)
    }
}

fn is_device(address: Ipv4Addr) -> bool {
    let [first, ..] = address.octets();
    // 0/8 is no network of devices; multicast and what lies behind it begin at 224.
    (1..224).contains(&first) && !address.is_loopback() && !address.is_link_local()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(address: &str, prefix_len: u8) -> Network {
        Network { address: address.parse().unwrap(), prefix_len }
    }

    fn neighbour(ip: &str, mac: [u8; 6]) -> Neighbour {
        Neighbour { ip: ip.parse().unwrap(), mac }
    }

    fn texts(hosts: &[Ipv4Addr]) -> Vec<String> {
        hosts.iter().map(Ipv4Addr::to_string).collect()
    }

    #[test]
    fn a_network_is_tried_from_our_address_outwards() {
        let found = hosts(&[network("192.168.1.3", 29)], &[]);
        assert_eq!(
            texts(&found),
            ["192.168.1.3", "192.168.1.2", "192.168.1.4", "192.168.1.1", "192.168.1.5", "192.168.1.6"]
        );
    }

    #[test]
    fn a_usual_network_is_tried_whole() {
        let found = hosts(&[network("192.168.1.77", 24)], &[]);
        let mut last_bytes: Vec<u8> = found.iter().map(|host| host.octets()[3]).collect();
        last_bytes.sort_unstable();
        assert_eq!(last_bytes, (1..=254).collect::<Vec<u8>>());
    }

    #[test]
    fn neighbours_come_first_and_those_of_the_vendor_before_them() {
        let neighbours = [
            neighbour("192.168.1.9", [0x00, 0x11, 0x00, 0x48, 0x00, 0x51]),
            neighbour("192.168.1.8", [0x00, 0x22, 0x00, 0x48, 0x00, 0x51]),
            neighbour("10.1.1.1", [0x10, 0x00, 0x22, 0x00, 0x22, 0x00]),
            neighbour("192.168.1.9", [0x00, 0x11, 0x00, 0x48, 0x00, 0x51]),
        ];
        let found = texts(&hosts(&[network("192.168.1.1", 24)], &neighbours));
        assert_eq!(found.get(..4).unwrap(), ["192.168.1.8", "192.168.1.9", "10.1.1.1", "192.168.1.1"]);
        assert_eq!(found.len(), 255);
    }

    #[test]
    fn addresses_that_no_device_has_are_left_out() {
        let any = [2; 6];
        let neighbours = [
            "192.168.1.0",
            "192.168.1.255",
            "127.0.0.1",
            "169.254.7.7",
            "224.0.0.251",
            "255.255.255.255",
            "0.0.0.0",
        ]
        .map(|ip| neighbour(ip, any));
        let networks = [network("127.0.0.1", 8), network("169.254.1.1", 16), network("192.168.1.1", 30)];
        let found = hosts(&networks, &neighbours[2..]);
        assert_eq!(texts(&found), ["192.168.1.1", "192.168.1.2"]);
        let found = hosts(&[network("192.168.1.1", 24)], &neighbours);
        assert!(!texts(&found).iter().any(|host| host == "192.168.1.0" || host == "192.168.1.255"));
    }

    #[test]
    fn the_number_is_limited_and_shared_by_all_networks() {
        let found = hosts(&[network("10.0.0.5", 8), network("172.16.9.9", 16), network("10.0.0.6", 0)], &[]);
        assert_eq!(found.len(), HOST_LIMIT);
        assert_eq!(found.iter().collect::<HashSet<_>>().len(), HOST_LIMIT);
        assert!(found.contains(&"172.16.9.200".parse().unwrap()));
        assert!(found.contains(&"10.0.0.200".parse().unwrap()));
    }

    #[test]
    fn networks_without_hosts_of_their_own_are_no_trouble() {
        assert_eq!(texts(&hosts(&[network("10.0.0.5", 32)], &[])), ["10.0.0.5"]);
        assert_eq!(texts(&hosts(&[network("10.0.0.5", 31)], &[])), ["10.0.0.5", "10.0.0.4"]);
        assert!(hosts(&[network("10.0.0.5", 33), network("0.0.0.0", 0)], &[]).is_empty());
        assert!(hosts(&[], &[]).is_empty());
    }
}
