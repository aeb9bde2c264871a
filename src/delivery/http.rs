//! One server over HTTP or HTTPS: a connection that is kept, deadlines on everything, bounded answers.

use std::error::Error as _;
use std::io::{self, Read};
use std::path::PathBuf;
use std::time::Duration;

use rustls::CertificateError;
use ureq::http::header::{DATE, HeaderMap, LOCATION, RETRY_AFTER};
use ureq::http::{HeaderValue, Response};
use ureq::{Agent, Body, Error, Proxy, Timeout};

use super::address::Address;
use super::trust;
use crate::secret::Secret;

/// As much of an answer is read: enough for any message, not for a film.
const ANSWER_LIMIT: u64 = 64 * 1024;
/// Redirects within one server that are followed.
const MOST_REDIRECTS: usize = 3;

/// Why there is no answer. Holds no address and no key.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// The name of the server is unknown.
    #[error("the name of the server cannot be resolved")]
    HostUnknown,
    /// No connection came about.
    #[error("no connection: {0}")]
    Unreachable(String),
    /// Nothing or too little came in time.
    #[error("no answer in time")]
    Timeout,
    /// The connection ended before there was an answer.
    #[error("the connection was cut: {0}")]
    Interrupted(String),
    /// The server's certificate is not to be believed.
    #[error("the certificate of the server is not accepted: {0}")]
    Certificate(CertificateFault),
    /// No secure connection came about.
    #[error("no secure connection: {0}")]
    Tls(String),
    /// What came back is no HTTP.
    #[error("the answer is not HTTP: {0}")]
    Nonsense(String),
    /// The server sends us to another one, where the key must not go.
    #[error("the server redirects to {}", .host.as_deref().unwrap_or("an unusable address"))]
    Redirected {
        /// The other server.
        host: Option<String>,
    },
    /// A header, such as the key, has characters that HTTP does not allow.
    #[error("the key has characters that HTTP does not allow")]
    HeaderUnfit,
    /// The proxy's address cannot be understood.
    #[error("the address of the proxy cannot be understood")]
    ProxyAddress,
    /// The proxy did not connect us.
    #[error("the proxy did not connect to the server")]
    ProxyFailed,
    /// The file of further certificate authorities is unfit.
    #[error("{}: {reason}", .path.display())]
    CaFile {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

/// What is wrong with a certificate, as far as advice differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CertificateFault {
    /// Its time is over.
    #[error("it has expired")]
    Expired,
    /// Its time has not come, or the clock is wrong.
    #[error("it is not valid yet")]
    NotYetValid,
    /// It is made out to another name.
    #[error("it is made out to another name")]
    OtherName,
    /// Nobody we believe has signed it.
    #[error("its issuer is unknown, or it is signed by itself")]
    UnknownIssuer,
    /// It is withdrawn, damaged or otherwise unfit.
    #[error("it is damaged or withdrawn")]
    Unfit,
}

/// How servers are reached.
#[derive(Clone, Default)]
pub struct Settings {
    /// Limit of one attempt, from the name to the last byte.
    pub timeout: Duration,
    /// Limit of connecting, within the former.
    pub connect_timeout: Duration,
    /// Proxy, `http://` or `socks5://`; else the environment's.
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
}

/// Connections to servers, kept while this lives.
pub struct Client(Agent);

impl Client {
    /// Prepares; connects nowhere yet.
    ///
    /// # Errors
    /// When the proxy's address or the file of authorities is unfit.
    pub fn new(settings: &Settings) -> Result<Self, HttpError> {
        let mut config = Agent::config_builder()
            .tls_config(trust::tls_config(settings.ca_file.as_deref())?)
            .timeout_global(Some(settings.timeout))
            .timeout_connect(Some(settings.connect_timeout.min(settings.timeout)))
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(concat!("getad/", env!("CARGO_PKG_VERSION")));
        if let Some(proxy) = &settings.proxy {
            let proxy = Proxy::new(proxy.expose().trim()).map_err(|_| HttpError::ProxyAddress)?;
            config = config.proxy(Some(proxy));
        }
        Ok(Self(config.build().new_agent()))
    }

    /// Posts a body. A redirect is followed with the same body, within the same server only.
    ///
    /// # Errors
    /// When there is no answer. An answer of any status is none.
    pub fn post(
        &self,
        address: &Address,
        headers: &[(&'static str, &Secret)],
        body: &[u8],
    ) -> Result<Answer, HttpError> {
        let mut address = address.clone();
        for _ in 0..=MOST_REDIRECTS {
            let response = self.post_once(&address, headers, body)?;
            if !matches!(response.status().as_u16(), 301..=303 | 307 | 308) {
                return Ok(read(response));
            }
            address = redirected(&address, response.headers())?;
        }
        Err(HttpError::Redirected { host: Some(address.host().to_owned()) })
    }

    /// Asks for what is at an address, without following it elsewhere.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn get(&self, address: &Address) -> Result<Answer, HttpError> {
        self.0.get(address.uri()).call().map(read).map_err(error_of)
    }

    fn post_once(
        &self,
        address: &Address,
        headers: &[(&'static str, &Secret)],
        body: &[u8],
    ) -> Result<Response<Body>, HttpError> {
        let mut request = self.0.post(address.uri());
        for (name, value) in headers {
            let mut value =
                HeaderValue::from_str(value.expose().trim()).map_err(|_| HttpError::HeaderUnfit)?;
            value.set_sensitive(true);
            request = request.header(*name, value);
        }
        request.content_type("application/json").send(body).map_err(error_of)
    }
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

fn error_of(error: Error) -> HttpError {
    match error {
        Error::HostNotFound => HttpError::HostUnknown,
        Error::Timeout(Timeout::Resolve) => HttpError::HostUnknown,
        Error::Timeout(_) => HttpError::Timeout,
        Error::ConnectionFailed => HttpError::Unreachable("every address was tried".to_owned()),
        Error::InvalidProxyUrl => HttpError::ProxyAddress,
        Error::ConnectProxyFailed(_) => HttpError::ProxyFailed,
        Error::Rustls(error) => tls_error(&error),
        Error::Tls(text) => HttpError::Tls(text.to_owned()),
        Error::Io(error) => io_error(&error),
        Error::BadUri(_) => HttpError::Nonsense("address".to_owned()),
        other => HttpError::Nonsense(other.to_string()),
    }
}

fn io_error(error: &io::Error) -> HttpError {
    if let Some(error) = error.get_ref().and_then(|inner| inner.downcast_ref()) {
        return tls_error(error);
    }
    match error.kind() {
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => HttpError::Timeout,
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::UnexpectedEof => HttpError::Interrupted(error.to_string()),
        _ => HttpError::Unreachable(error.to_string()),
    }
}

fn tls_error(error: &rustls::Error) -> HttpError {
    let rustls::Error::InvalidCertificate(fault) = error else {
        return HttpError::Tls(error.to_string());
    };
    HttpError::Certificate(match fault {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => CertificateFault::Expired,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            CertificateFault::NotYetValid
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            CertificateFault::OtherName
        }
        CertificateError::UnknownIssuer => CertificateFault::UnknownIssuer,
        _ => {
            log::debug!("certificate: {fault} {:?}", error.source());
            CertificateFault::Unfit
        }
    })
}
