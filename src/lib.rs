//! getad: who the fiscal cash registers of a workstation are, and how they are.
pub mod host;
pub mod kkt;
