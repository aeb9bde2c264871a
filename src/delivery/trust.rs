//! Whose certificates are believed: Mozilla's authorities, compiled in because the stores of old Windows are years
//! out of date, those of the system because companies put their own there, and those of a file.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};

use super::http::HttpError;

/// Largest file of authorities; whole bundles have a few hundred kilobytes.
const CA_FILE_LIMIT: u64 = 4 * 1024 * 1024;

/// How connections are secured.
///
/// # Errors
/// When the file of further authorities cannot be read or holds none.
pub(super) fn tls_config(ca_file: Option<&Path>) -> Result<TlsConfig, HttpError> {
    let own = ca_file.map(authorities_of).transpose()?.unwrap_or_default();
    let roots: Vec<_> = mozilla().chain(system()).chain(own).collect();
    Ok(TlsConfig::builder()
        .root_certs(RootCerts::Specific(Arc::new(roots)))
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .build())
}

fn mozilla() -> impl Iterator<Item = Certificate<'static>> {
    webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().map(|der| Certificate::from_der(der.as_ref()))
}

/// What cannot be read there is no reason to give up: the others may do.
fn system() -> impl Iterator<Item = Certificate<'static>> {
    let found = rustls_native_certs::load_native_certs();
    for error in &found.errors {
        log::debug!("authorities of the system: {error}");
    }
    found.certs.into_iter().map(|der| Certificate::from_der(der.as_ref()).to_owned())
}

fn authorities_of(path: &Path) -> Result<Vec<Certificate<'static>>, HttpError> {
    let unfit = |reason: String| HttpError::CaFile { path: path.to_owned(), reason };
    let size = fs::metadata(path).map_err(|error| unfit(error.to_string()))?.len();
    if size > CA_FILE_LIMIT {
        return Err(unfit(format!("{size} bytes are too many")));
    }
    let pem = fs::read(path).map_err(|error| unfit(error.to_string()))?;
    let mut certificates = Vec::new();
    for item in parse_pem(&pem) {
        match item {
            Ok(PemItem::Certificate(certificate)) => certificates.push(certificate),
            Ok(_) => {}
            Err(error) => return Err(unfit(error.to_string())),
        }
    }
    if certificates.is_empty() {
        return Err(unfit("no certificate in PEM form is in it".to_owned()));
    }
    Ok(certificates)
}
