//! Registers: who they are, how they are reached, what was read from them.
//!
//! This module owns the vocabulary that every brand shares ([`Brand`], [`Link`], [`Target`],
//! [`Reading`]) and the table of brands. It knows neither files nor text for people, and it
//! reads only: no command that changes a register or prints on it exists below; an ATOL register
//! can also be restarted.

pub mod atol;
pub mod error;
pub mod fleet;
pub mod health;
pub mod link;
pub mod mitsu;
pub mod passport;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub use error::{Kind, ReadError, Warning};
pub use health::Health;
pub use passport::Passport;

/// Make of a register; decides the protocol that is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Brand {
    /// ATOL, through the vendor's driver 10.
    Atol,
    /// Mitsu 1-F, by its own protocol.
    Mitsu,
}

impl Brand {
    /// Every brand that can be read, in the order in which they are listed.
    pub const ALL: [Self; 2] = [Self::Atol, Self::Mitsu];

    /// Name of the brand in configuration and state files.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Atol => "atol",
            Self::Mitsu => "mitsu",
        }
    }
}

impl fmt::Display for Brand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}

/// Way to a register. Its text form (`com:COM4@115200`, `tcp:10.0.0.7:8200`, `usb`) round-trips.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Link {
    /// A serial port, real or virtual.
    Com {
        /// Name as the system knows it: `COM4`, `/dev/ttyACM0`.
        port: String,
        /// Speed in baud; frames are always 8N1.
        baud: u32,
    },
    /// A network address.
    Tcp {
        /// Host name or IP address.
        host: String,
        /// TCP port.
        port: u16,
    },
    /// The only register on USB, found by the vendor's driver itself.
    Usb,
}

impl Link {
    /// Name for people: the port, the address, or `USB`.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Com { port, .. } => port.clone(),
            Self::Tcp { host, port } if host.contains(':') => format!("[{host}]:{port}"),
            Self::Tcp { host, port } => format!("{host}:{port}"),
            Self::Usb => "USB".to_owned(),
        }
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Com { port, baud } => write!(f, "com:{port}@{baud}"),
            Self::Tcp { .. } => write!(f, "tcp:{}", self.name()),
            Self::Usb => f.write_str("usb"),
        }
    }
}

/// Text that is no [`Link`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an address of a register")]
pub struct NotALink(pub String);

impl FromStr for Link {
    type Err = NotALink;

    fn from_str(text: &str) -> Result<Self, NotALink> {
        parse_link(text).ok_or_else(|| NotALink(text.to_owned()))
    }
}

fn parse_link(text: &str) -> Option<Link> {
    if text == "usb" {
        return Some(Link::Usb);
    }
    let (kind, rest) = text.split_once(':')?;
    match kind {
        "com" => {
            let (port, baud) = rest.rsplit_once('@')?;
            let baud = baud.parse().ok().filter(|&baud| baud > 0)?;
            (!port.is_empty()).then(|| Link::Com { port: port.to_owned(), baud })
        }
        "tcp" => parse_host_port(rest).map(|(host, port)| Link::Tcp { host, port }),
        _ => None,
    }
}

/// Splits `HOST:PORT`, where an IPv6 host stands in brackets.
#[must_use]
pub fn parse_host_port(text: &str) -> Option<(String, u16)> {
    let (host, port) = text.rsplit_once(':')?;
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let port = port.parse().ok().filter(|&port| port > 0)?;
    (!bare.is_empty()).then(|| (bare.to_owned(), port))
}

impl From<Link> for String {
    fn from(link: Link) -> Self {
        link.to_string()
    }
}

impl TryFrom<String> for Link {
    type Error = NotALink;

    fn try_from(text: String) -> Result<Self, NotALink> {
        text.parse()
    }
}

/// One register to read.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Target {
    /// Its make.
    pub brand: Brand,
    /// The way to it.
    pub link: Link,
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.brand, self.link)
    }
}

/// What one session with a register gave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// Who the register is.
    pub passport: Passport,
    /// How it is; `None` when not even one value could be read.
    pub health: Option<Health>,
    /// What could not be read, without spoiling the rest.
    pub warnings: Vec<Warning>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn link_text_round_trips() {
        for text in [
            "com:COM4@115200",
            "com:/dev/ttyACM0@9600",
            "tcp:10.0.0.7:8200",
            "tcp:kassa-1:5555",
            "tcp:[fe80::1]:8200",
            "usb",
        ] {
            assert_eq!(text.parse::<Link>().map(|link| link.to_string()), Ok(text.to_owned()));
        }
    }

    #[test]
    fn link_text_is_checked() {
        for text in [
            "",
            "COM4",
            "com:@115200",
            "com:COM4@0",
            "com:COM4@fast",
            "tcp:host",
            "tcp::80",
            "tcp:host:0",
            "tcp:host:70000",
            "usb:1",
        ] {
            assert_eq!(text.parse::<Link>(), Err(NotALink(text.to_owned())));
        }
    }
}
