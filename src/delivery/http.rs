//! One server over HTTP or HTTPS: a connection that is kept, deadlines on everything, bounded answers.

mod error;

use std::io::Read;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use ureq::http::header::{DATE, HeaderMap, LOCATION, RETRY_AFTER};
use ureq::http::{HeaderValue, Response};
use ureq::unversioned::transport::{ConnectProxyConnector, Connector as _, SocksConnector, TcpConnector};
use ureq::{Agent, Body, Proxy};

pub use self::error::{CertificateFault, HttpError};

use super::address::Address;
use super::names::Names;
use super::retry::retry_after;
use super::tls::TlsConnector;
use crate::secret::Secret;

/// As much of an answer is read: enough for any message, not for a film.
const ANSWER_LIMIT: u64 = 64 * 1024;
/// Redirects within one server that are followed.
const MOST_REDIRECTS: usize = 3;

/// How servers are reached.
#[derive(Clone, Default)]
pub struct Settings {
    /// Limit of one attempt, from the name to the last byte.
    pub timeout: Duration,
    /// Limit of connecting; at most three quarters of the former, so that the two can be told apart.
    pub connect_timeout: Duration,
    /// Proxy, `http://`, `socks5://` or `socks5h://`; else the environment's.
    pub proxy: Option<Secret>,
    /// Further certificate authorities, PEM.
    pub ca_file: Option<PathBuf>,
}

/// What a server answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Status.
    pub status: u16,
    /// The beginning of the body.
    pub body: Vec<u8>,
    /// Header `Retry-After`.
    pub retry_after: Option<String>,
    /// Header `Date`.
    pub date: Option<String>,
}

impl Answer {
    /// Whether the server took what it was given.
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The wait that the server wants. A date counts by the server's own clock, as this computer's may be wrong;
    /// without it, it counts for nothing.
    #[must_use]
    pub fn wanted_wait(&self) -> Option<Duration> {
        let now = self.date.as_deref().and_then(|date| DateTime::parse_from_rfc2822(date).ok());
        let now = now.map_or(DateTime::<Utc>::MAX_UTC, |now| now.to_utc());
        retry_after(self.retry_after.as_deref()?, now)
    }
}

/// Connections to servers, kept while this lives.
pub struct Client {
    agent: Agent,
    /// The next request may go over a connection that is kept.
    warm: AtomicBool,
}

impl Client {
    /// Prepares; connects nowhere yet.
    ///
    /// # Errors
    /// When the proxy's address cannot be understood.
    pub fn new(settings: &Settings) -> Result<Self, HttpError> {
        let mut config = Agent::config_builder()
            .timeout_global(Some(settings.timeout))
            .timeout_connect(Some(settings.connect_timeout.min(settings.timeout * 3 / 4)))
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(concat!("getad/", env!("CARGO_PKG_VERSION")));
        if let Some(proxy) = &settings.proxy {
            let proxy = Proxy::new(proxy.expose().trim()).map_err(|_| HttpError::ProxyAddress)?;
            config = config.proxy(Some(proxy));
        }
        let connector =
            ().chain(SocksConnector::default())
                .chain(ConnectProxyConnector::default())
                .chain(TcpConnector::default())
                .chain(TlsConnector::new(settings.ca_file.clone()));
        let agent = Agent::with_parts(config.build(), connector, Names::default());
        Ok(Self { agent, warm: AtomicBool::new(false) })
    }

    /// Posts a JSON body. Some redirects are followed with the same body, within the same server only.
    ///
    /// # Errors
    /// When there is no answer. An answer of any status is none.
    pub fn post(
        &self,
        address: &Address,
        headers: &[(&'static str, &Secret)],
        body: &[u8],
    ) -> Result<Answer, HttpError> {
        let headers = headers.iter().map(header).collect::<Result<Vec<_>, _>>()?;
        let mut address = address.clone();
        for _ in 0..MOST_REDIRECTS {
            let response = self.post_once(&address, &headers, body)?;
            if !matches!(response.status().as_u16(), 301..=303 | 307 | 308) {
                return Ok(read(response));
            }
            let next = redirected(&address, response.headers())?;
            // Reading the rest keeps the connection.
            read(response);
            address = next;
        }
        Ok(read(self.post_once(&address, &headers, body)?))
    }

    /// Asks for what is at an address, without following it elsewhere.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn get(&self, address: &Address) -> Result<Answer, HttpError> {
        self.get_with(address, &[])
    }

    /// As [`Client::get`], with headers.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn get_with(
        &self,
        address: &Address,
        headers: &[(&'static str, &Secret)],
    ) -> Result<Answer, HttpError> {
        let headers = headers.iter().map(header).collect::<Result<Vec<_>, _>>()?;
        let request = self.agent.get(address.uri());
        let request = headers.into_iter().fold(request, |request, (name, value)| request.header(name, value));
        Ok(read(request.call()?))
    }

    /// A server may close a connection that it kept at the moment when it is used again. That is nobody's fault and
    /// no attempt: a new connection is made at once.
    fn post_once(
        &self,
        address: &Address,
        headers: &[(&'static str, HeaderValue)],
        body: &[u8],
    ) -> Result<Response<Body>, HttpError> {
        let was_warm = self.warm.swap(false, Ordering::Relaxed);
        let response = match self.post_as_is(address, headers, body) {
            Err(HttpError::Interrupted(reason)) if was_warm => {
                log::debug!("a kept connection was closed: {reason}");
                self.post_as_is(address, headers, body)
            }
            outcome => outcome,
        }?;
        self.warm.store(true, Ordering::Relaxed);
        Ok(response)
    }

    fn post_as_is(
        &self,
        address: &Address,
        headers: &[(&'static str, HeaderValue)],
        body: &[u8],
    ) -> Result<Response<Body>, HttpError> {
        let request = self.agent.post(address.uri()).content_type("application/json");
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, value));
        Ok(request.send(body)?)
    }
}

fn header((name, value): &(&'static str, &Secret)) -> Result<(&'static str, HeaderValue), HttpError> {
    let value = value.expose().trim();
    if !value.is_ascii() {
        return Err(HttpError::HeaderUnfit);
    }
    let mut value = HeaderValue::from_str(value).map_err(|_| HttpError::HeaderUnfit)?;
    value.set_sensitive(true);
    Ok((name, value))
}

fn redirected(from: &Address, headers: &HeaderMap) -> Result<Address, HttpError> {
    let location = text_of(headers, LOCATION.as_str()).unwrap_or_default();
    from.follow(&location).ok_or_else(|| {
        let elsewhere = Address::parse(&Secret::new(location)).ok();
        HttpError::Redirected { host: elsewhere.map(|address| address.host().to_owned()) }
    })
}

/// A body that breaks off does not undo the status that came before it.
fn read(response: Response<Body>) -> Answer {
    let (parts, body) = response.into_parts();
    let mut held = Vec::new();
    if let Err(error) = body.into_reader().take(ANSWER_LIMIT).read_to_end(&mut held) {
        log::debug!("the answer broke off after {} bytes: {error}", held.len());
    }
    Answer {
        status: parts.status.as_u16(),
        body: held,
        retry_after: text_of(&parts.headers, RETRY_AFTER.as_str()),
        date: text_of(&parts.headers, DATE.as_str()),
    }
}

fn text_of(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}
