//! Addresses of servers: `zabbix.example`, `10.0.0.5:10051`, `[fe80::1]:10051`, several with
//! commas between them.

use std::fmt;
use std::net::Ipv6Addr;

/// Port of the trapper.
const PORT: u16 = 10_051;

/// A server or proxy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Name or address, without brackets.
    pub host: String,
    /// TCP port.
    pub port: u16,
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port } = self;
        if host.contains(':') { write!(f, "[{host}]:{port}") } else { write!(f, "{host}:{port}") }
    }
}

/// Text that is no address of a server.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an address of a server")]
pub struct NotAServer(pub String);

/// The servers of a list, or for each why it is none; empty entries do not count.
#[must_use]
pub fn servers(list: &str) -> Vec<Result<Server, NotAServer>> {
    let entries = list.split([',', ';']).map(str::trim).filter(|entry| !entry.is_empty());
    entries.map(|entry| parse(entry).ok_or_else(|| NotAServer(entry.to_owned()))).collect()
}

fn parse(text: &str) -> Option<Server> {
    let (host, port) = split(text)?;
    let port = port.map_or(Some(PORT), |port| port.parse().ok().filter(|&port| port > 0))?;
    let plain = !host.is_empty() && !host.contains(|c: char| c.is_whitespace() || "/[]@".contains(c));
    plain.then(|| Server { host: host.to_owned(), port })
}

/// Host and port, if there is one. An address with several colons and no brackets is IPv6 whole.
fn split(text: &str) -> Option<(&str, Option<&str>)> {
    if let Some(rest) = text.strip_prefix('[') {
        let (host, rest) = rest.split_once(']')?;
        host.parse::<Ipv6Addr>().ok()?;
        return if rest.is_empty() {
            Some((host, None))
        } else {
            Some((host, Some(rest.strip_prefix(':')?)))
        };
    }
    match text.split_once(':') {
        None => Some((text, None)),
        Some((_, rest)) if rest.contains(':') => text.parse::<Ipv6Addr>().ok().map(|_| (text, None)),
        Some((host, port)) => Some((host, Some(port))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_servers_are_understood() {
        let shown = |list: &str| -> Vec<String> {
            servers(list)
                .into_iter()
                .map(|server| server.map_or_else(|bad| format!("!{}", bad.0), |server| server.to_string()))
                .collect()
        };
        assert_eq!(
            shown("zabbix.example, 10.0.0.5:10052 ;[fe80::1]:1,fe80::2,[::1],"),
            ["zabbix.example:10051", "10.0.0.5:10052", "[fe80::1]:1", "[fe80::2]:10051", "[::1]:10051"]
        );
        assert_eq!(
            shown("h:0,h:70000,h:x,:1,a b,http://h,[h]:1,[::1]x,a:b:c"),
            ["!h:0", "!h:70000", "!h:x", "!:1", "!a b", "!http://h", "![h]:1", "![::1]x", "!a:b:c"]
        );
        assert_eq!(shown(" , "), Vec::<String>::new());
    }
}
