//! The crate serde_json, by which the compiler reads JSON.

use seccomp_profile_compiler::profile::json::{Invalid, Json};
use serde_json::value::RawValue;

/// The compiler does not depend on serde_json, so that a build compiles both at the same time.
pub(crate) const SERDE_JSON: Json = Json {
    check: |text| match serde_json::from_str::<&RawValue>(text) {
        Ok(_) => Ok(()),
        Err(error) => Err(invalid(&error)),
    },
    string: |quoted| serde_json::from_str(quoted).map_err(|error| invalid(&error)),
};

fn invalid(error: &serde_json::Error) -> Invalid {
    Invalid {
        message: error.to_string(),
        line: error.line(),
        column: error.column(),
    }
}
