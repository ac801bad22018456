//! What the comparisons with libseccomp share: a profile as runc reads it, and the library driven as
//! runc drives it.

pub mod libseccomp;
pub mod profile;
