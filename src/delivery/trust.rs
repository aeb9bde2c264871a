//! Whose certificates are believed: Mozilla's authorities, compiled in because the stores of old Windows are years
//! out of date, those of the system because companies put their own there, and what a file of the user's holds.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};

use super::http::HttpError;

/// Largest file of authorities; whole bundles have a few hundred kilobytes.
const CA_FILE_LIMIT: u64 = 4 * 1024 * 1024;

/// How connections are secured.
///
/// # Errors
/// When the file of the user's cannot be read or holds no certificate.
pub(super) fn tls_config(ca_file: Option<&Path>) -> Result<ClientConfig, HttpError> {
    let own = ca_file.map(certificates_of).transpose()?.unwrap_or_default();
    let provider = Arc::new(ring::default_provider());
    let verifier = Verifier::new(own, provider.clone()).map_err(|error| HttpError::Tls(error.to_string()))?;
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| HttpError::Tls(error.to_string()))?;
    Ok(builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth())
}

/// What cannot be read there is no reason to give up: the others may do.
fn system() -> Vec<CertificateDer<'static>> {
    let found = rustls_native_certs::load_native_certs();
    for error in &found.errors {
        log::debug!("authorities of the system: {error}");
    }
    found.certs
}

fn certificates_of(path: &Path) -> Result<Vec<CertificateDer<'static>>, HttpError> {
    let unfit = |reason: String| HttpError::CaFile { path: path.to_owned(), reason };
    let size = fs::metadata(path).map_err(|error| unfit(error.to_string()))?.len();
    if size > CA_FILE_LIMIT {
        return Err(unfit(format!("{size} bytes are too many")));
    }
    let pem = fs::read(path).map_err(|error| unfit(error.to_string()))?;
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    match certificates {
        Ok(certificates) if certificates.is_empty() => {
            Err(unfit("no certificate in PEM form is in it".to_owned()))
        }
        Ok(certificates) => Ok(certificates),
        Err(error) => Err(unfit(error.to_string())),
    }
}

/// The usual rules, and one more: a server's own certificate in the file of the user's is believed as it is. That
/// is what `openssl req -x509` makes, an authority that signs itself and is used by a server, which the usual rules
/// refuse.
#[derive(Debug)]
struct Verifier {
    usual: Arc<WebPkiServerVerifier>,
    own: Vec<CertificateDer<'static>>,
}

impl Verifier {
    fn new(
        own: Vec<CertificateDer<'static>>,
        provider: Arc<CryptoProvider>,
    ) -> Result<Self, rustls::client::VerifierBuilderError> {
        let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        let further = system().into_iter().chain(own.iter().cloned());
        let (added, ignored) = roots.add_parsable_certificates(further);
        log::debug!("authorities besides Mozilla's: {added}, unusable: {ignored}");
        let usual = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build()?;
        Ok(Self { usual, own })
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if self.own.iter().any(|own| own == end_entity) {
            return Ok(ServerCertVerified::assertion());
        }
        self.usual.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.usual.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.usual.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.usual.supported_verify_schemes()
    }
}
