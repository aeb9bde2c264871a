//! Names of servers: a name that cannot be resolved is told apart from a server that cannot be reached.

use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// The system's resolver.
#[derive(Debug, Default)]
pub(super) struct Names(DefaultResolver);

impl Resolver for Names {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        self.0.resolve(uri, config, timeout).map_err(|error| match error {
            // The system words this differently on each platform, and gives it no kind.
            Error::Io(error) => {
                log::debug!("{}: {error}", uri.host().unwrap_or_default());
                Error::HostNotFound
            }
            other => other,
        })
    }
}
