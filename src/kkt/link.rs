//! Serial and TCP transports with deadlines.
