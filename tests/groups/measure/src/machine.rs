//! The only program of a machine: what an init must do.

/// Makes an empty machine one in which the deeds can run, if this is its init.
pub fn prepare() {}

/// Ends the machine, if this is its init.
pub fn end() {}
