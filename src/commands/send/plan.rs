//! The servers of a pass: their addresses and keys, decrypted and checked before anything is sent.

use crate::config::service::{Sending, Server};
use crate::context::Context;
use crate::delivery::Address;
use crate::render::Complaint;
use crate::render::send::ServerError;
use crate::secret::{Keys, Secret};

/// The address of the shipped configuration: nobody's server, and nothing may be sent there.
const SAMPLE: &str = "https://server.com/api/submit_json";

/// A server of the configuration.
pub struct Destination {
    /// Its place in the list, from 1.
    pub number: usize,
    /// Where to post, if that is known.
    pub target: Result<Target, ServerError>,
}

/// Where to post.
pub struct Target {
    /// The address.
    pub address: Address,
    /// The key.
    pub key: Secret,
}

impl Target {
    /// What must not be shown, should the server repeat it.
    pub fn secrets(&self) -> Vec<Secret> {
        self.address.secrets().into_iter().chain([self.key.clone()]).collect()
    }
}

/// The servers that are entered, or the one of this number.
///
/// # Errors
/// When there is no such number, or the keys for encrypted values cannot be read.
pub fn destinations(
    sending: &Sending,
    only: Option<u32>,
    context: &Context,
) -> anyhow::Result<Vec<Destination>> {
    let count = sending.url_list.len();
    let only = only.map(|number| number as usize);
    if let Some(number) = only.filter(|number| *number > count) {
        return Err(Complaint::NoServer { number, count }.into());
    }
    let encrypted = sending.url_list.iter().any(|server| server.encryption);
    let keys = context.keys_if(encrypted)?;
    let numbered = (1..).zip(&sending.url_list).filter(|(_, server)| is_entered(server));
    let wanted = numbered.filter(|(number, _)| only.is_none_or(|only| only == *number));
    Ok(wanted.map(|(number, server)| Destination { number, target: target(server, &keys) }).collect())
}

/// Host and hash of every server, if all are known.
pub fn known(destinations: &[Destination]) -> Option<Vec<(String, String)>> {
    let known = |destination: &Destination| {
        let address = &destination.target.as_ref().ok()?.address;
        Some((address.host().to_owned(), address.fingerprint()))
    };
    destinations.iter().map(known).collect()
}

fn is_entered(server: &Server) -> bool {
    let url = server.url.expose().trim();
    let sample = url == SAMPLE && server.api_key.is_blank();
    !url.is_empty() && !sample
}

fn target(server: &Server, keys: &Keys) -> Result<Target, ServerError> {
    let reveal = |field, value| {
        keys.reveal(server.encryption, value).map_err(|error| ServerError::Token { field, error })
    };
    let url = reveal("url", &server.url)?;
    let key = reveal("api_key", &server.api_key)?;
    let address = Address::parse(&url).map_err(ServerError::Address)?;
    Ok(Target { address, key })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_sample_is_no_server() {
        let shipped: crate::config::Service =
            serde_json::from_str(crate::config::SERVICE_DEFAULT).expect("valid");
        assert_eq!(shipped.sending_data.url_list.len(), 1);
        assert!(!is_entered(&shipped.sending_data.url_list[0]));
    }
}
