//! Addresses of servers, checked before anything is sent.

use sha2::{Digest, Sha256};
use ureq::http::Uri;

use crate::secret::Secret;

/// Why a text is no address that can be posted to. The text itself is not repeated: addresses carry keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Nothing is there.
    #[error("the address is empty")]
    Empty,
    /// Neither `http://` nor `https://` is in front.
    #[error("the address does not start with http:// or https://")]
    Scheme,
    /// What follows is no address.
    #[error("the address cannot be understood")]
    Malformed,
}

/// An address that can be posted to. It has no `Debug`: path and query may hold keys.
#[derive(Clone)]
pub struct Address {
    uri: Uri,
    host: String,
}

impl Address {
    /// Understands an address of scheme `http` or `https`.
    ///
    /// # Errors
    /// When it has another scheme or no host.
    pub fn parse(text: &Secret) -> Result<Self, AddressError> {
        let text = text.expose().trim();
        if text.is_empty() {
            return Err(AddressError::Empty);
        }
        let scheme = text.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
        if !matches!(scheme.as_deref(), Some("http" | "https")) {
            return Err(AddressError::Scheme);
        }
        let uri: Uri = text.parse().map_err(|_| AddressError::Malformed)?;
        let host = host_of(&uri).ok_or(AddressError::Malformed)?;
        Ok(Self { uri, host })
    }

    /// Host, with the port if one is named: what may be shown.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Tells addresses apart in files, where the address itself must not stand.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let hash = Sha256::digest(self.uri.to_string());
        hash.iter().take(4).map(|byte| format!("{byte:02x}")).collect()
    }

    /// Parts that must not be shown: whole address, path, values of the query, user.
    #[must_use]
    pub fn secrets(&self) -> Vec<Secret> {
        let path = self.uri.path_and_query().map_or("", |path| path.as_str());
        let query = self.uri.query().unwrap_or_default();
        let values = query.split('&').filter_map(|part| part.split_once('=')).map(|(_, value)| value);
        let user = self.uri.authority().and_then(|authority| authority.as_str().rsplit_once('@'));
        let parts = [path].into_iter().chain(values).chain(user.map(|(user, _)| user)).map(str::to_owned);
        [self.uri.to_string()].into_iter().chain(parts).map(Secret::new).collect()
    }

    pub(super) fn uri(&self) -> &Uri {
        &self.uri
    }

    /// Where an answer's `Location` leads, if it leads to the same server and no less safely: only there may a key
    /// follow.
    pub(super) fn follow(&self, location: &str) -> Option<Self> {
        let location = match location.strip_prefix('/') {
            Some(path) if !path.starts_with('/') => {
                format!("{}://{}{location}", self.uri.scheme_str()?, self.uri.authority()?)
            }
            _ => location.to_owned(),
        };
        let next = Self::parse(&Secret::new(location)).ok()?;
        let same_host = next.uri.host()?.eq_ignore_ascii_case(self.uri.host()?);
        let as_safe = next.is_https() && !self.is_https() && default_ports(self, &next)
            || next.is_https() == self.is_https() && next.port() == self.port();
        (same_host && as_safe).then_some(next)
    }

    fn is_https(&self) -> bool {
        self.uri.scheme_str().is_some_and(|scheme| scheme.eq_ignore_ascii_case("https"))
    }

    fn port(&self) -> u16 {
        self.uri.port_u16().unwrap_or(if self.is_https() { 443 } else { 80 })
    }
}

fn default_ports(from: &Address, to: &Address) -> bool {
    from.port() == 80 && to.port() == 443
}

fn host_of(uri: &Uri) -> Option<String> {
    let authority = uri.authority()?.as_str();
    let host = authority.rsplit('@').next().filter(|host| !host.is_empty() && !host.starts_with(':'))?;
    Some(host.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Address, AddressError> {
        Address::parse(&Secret::new(text.to_owned()))
    }

    fn error(text: &str) -> Option<AddressError> {
        parse(text).err()
    }

    #[test]
    fn only_the_host_is_shown() {
        let host = |text| parse(text).map(|address| address.host().to_owned());
        assert_eq!(host(" https://user:pass@h.example:8443/a?key=1\r\n").as_deref(), Ok("h.example:8443"));
        assert_eq!(host("HTTP://10.0.0.1/x").as_deref(), Ok("10.0.0.1"));
        assert_eq!(host("http://[::1]:80/x").as_deref(), Ok("[::1]:80"));
    }

    #[test]
    fn what_is_no_address_is_told_apart() {
        assert_eq!(error("  "), Some(AddressError::Empty));
        assert_eq!(error("server.example/api"), Some(AddressError::Scheme));
        assert_eq!(error("ftp://server.example/api"), Some(AddressError::Scheme));
        for text in ["https://", "http:///path", "https://a b/", "http://:80/", "https://сервер.рф/"]
        {
            assert_eq!(error(text), Some(AddressError::Malformed), "{text}");
        }
    }

    #[test]
    fn a_key_follows_to_the_same_server_only() {
        let follow = |from, to: &str| parse(from).ok()?.follow(to).map(|next| next.uri.to_string());
        let from = "http://h.example/a";
        assert_eq!(follow(from, "/b").as_deref(), Some("http://h.example/b"));
        assert_eq!(follow(from, "https://H.example/a").as_deref(), Some("https://H.example/a"));
        assert_eq!(follow("http://h.example:81/a", "/b").as_deref(), Some("http://h.example:81/b"));
        for elsewhere in ["http://other.example/a", "//other.example/a", "http://h.example:81/a", "b", ""] {
            assert_eq!(follow(from, elsewhere), None, "{elsewhere}");
        }
        assert_eq!(follow("https://h.example/a", "http://h.example/a"), None);
    }
}
