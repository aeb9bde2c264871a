//! What the checks can find: values from which texts are made.

pub mod config;
pub mod driver;
pub mod home;
pub mod logs;
pub mod network;
pub mod ports;
pub mod state;
pub mod tasks;
