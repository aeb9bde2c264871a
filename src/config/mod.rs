//! What users write: `connect.json` and `service.json`, at the place and of the form they have
//! always had. Numbers may stand in quotes, switches may be `true`, `1` or `"1"`, a byte order
//! mark is fine, a single object may stand where a list is meant. Whatever cannot be understood
//! is reported with its place and left untouched; it is never replaced by a default.

pub mod connect;
pub mod credentials;
pub mod keys;
pub mod lenient;
pub mod load;
pub mod service;

pub use connect::Connect;
pub use load::ConfigError;
pub use service::Service;

/// Name of the file that says how registers are connected.
pub const CONNECT_FILE: &str = "connect.json";
/// Name of the file with everything else.
pub const SERVICE_FILE: &str = "service.json";

/// The shipped `connect.json`.
pub const CONNECT_DEFAULT: &str = include_str!("../../config/connect.json");
/// The shipped `service.json`.
pub const SERVICE_DEFAULT: &str = include_str!("../../config/service.json");
