//! What the fuzz targets share: profiles made from bytes, what they mean, the calls to ask about, and
//! programs made from code.

mod calls;
mod meaning;
mod profile;
mod program;

pub use calls::calls;
pub use meaning::Meaning;
pub use profile::{Entry, Profile};
pub use program::program;

use seccomp_profile_compiler::error::Kind;
use seccomp_profile_compiler::{Errors, Sources};

/// Stops the fuzzer if an error says that the compiler itself is wrong.
pub fn no_defect(errors: &Errors, text: &str) {
    for error in errors.iter() {
        let rendered = error.render(&Sources::one("profile.json", text));
        let defect = matches!(error.kind, Kind::InternalMismatch | Kind::SecondReader);
        assert!(!defect, "{rendered}\n{text}");
    }
}
