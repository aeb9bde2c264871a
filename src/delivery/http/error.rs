//! Why there is no answer, told apart as far as advice differs.

use std::error::Error as StdError;
use std::io;
use std::path::PathBuf;

use rustls::CertificateError;
use ureq::{Error, Timeout};

/// Why there is no answer. Holds no address and no key.
#[derive(Debug, Clone, thiserror::Error)]
pub enum HttpError {
    /// The name of the server is unknown.
    #[error("the name of the server cannot be resolved")]
    HostUnknown,
    /// No connection came about.
    #[error("no connection: {0}")]
    Unreachable(String),
    /// No connection came about in time.
    #[error("no connection in time")]
    ConnectTimeout,
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

impl From<Error> for HttpError {
    fn from(error: Error) -> Self {
        match error {
            Error::HostNotFound | Error::Timeout(Timeout::Resolve) => Self::HostUnknown,
            Error::Timeout(Timeout::Connect) => Self::ConnectTimeout,
            Error::Timeout(_) => Self::Timeout,
            Error::ConnectionFailed => Self::Unreachable("every address was tried".to_owned()),
            Error::InvalidProxyUrl => Self::ProxyAddress,
            Error::ConnectProxyFailed(_) => Self::ProxyFailed,
            Error::Tls(text) => Self::Tls(text.to_owned()),
            Error::Io(error) => of_io(error),
            Error::Other(error) => of_other(error),
            // Its text holds the address.
            Error::BadUri(_) => Self::Nonsense("address".to_owned()),
            other => Self::Nonsense(other.to_string()),
        }
    }
}

fn of_other(error: Box<dyn StdError + Send + Sync>) -> HttpError {
    let error = match error.downcast::<HttpError>() {
        Ok(error) => return *error,
        Err(error) => error,
    };
    match error.downcast::<rustls::Error>() {
        Ok(error) => of_tls(&error),
        Err(error) => HttpError::Nonsense(error.to_string()),
    }
}

fn of_io(error: io::Error) -> HttpError {
    if let Some(error) = error.get_ref().and_then(|inner| inner.downcast_ref()) {
        return of_tls(error);
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

fn of_tls(error: &rustls::Error) -> HttpError {
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
        // What signs itself is an authority that nobody knows; the type of this error is not public.
        CertificateError::Other(error) if error.to_string().contains("CaUsedAsEndEntity") => {
            CertificateFault::UnknownIssuer
        }
        _ => {
            log::debug!("certificate: {fault}");
            CertificateFault::Unfit
        }
    })
}
