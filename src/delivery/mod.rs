//! What leaves this computer: how a server is reached, when another attempt is worth it.
//!
//! Nothing here knows records or events: it moves bytes and texts, within deadlines, and says what came back.

pub mod address;
pub mod courier;
pub mod http;
mod names;
pub mod patience;
pub mod retry;
pub mod telegram;
mod tls;
mod trust;
pub mod words;
pub mod zabbix;

pub use address::{Address, AddressError};
pub use http::{Answer, Client, HttpError, Settings};
