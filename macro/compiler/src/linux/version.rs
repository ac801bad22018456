//! Versions of Linux, as profiles and filters compare them: `5.10`.

use std::fmt;

use crate::error::{Error, Kind};

/// A version of Linux: its first two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Kernel {
    /// The first number.
    pub major: u8,
    /// The second number.
    pub minor: u8,
}

impl Kernel {
    /// Parses a version: two decimal numbers up to 255, separated by a point, and not `0.0`.
    ///
    /// # Errors
    /// `bad-kernel-version`, without a place.
    pub fn parse(text: &str) -> Result<Kernel, Error> {
        let part = |digits: &str| {
            let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
            if plain {
                digits.parse::<u8>().ok()
            } else {
                None
            }
        };
        let parts = text.split_once('.');
        match parts.and_then(|(major, minor)| Some((part(major)?, part(minor)?))) {
            Some((major, minor)) if (major, minor) != (0, 0) => Ok(Kernel { major, minor }),
            _ => Err(Error::nowhere(
                Kind::BadKernelVersion,
                format!("`{text}` is not a version of Linux"),
            )
            .label("write two numbers from 0 to 255, such as `5.10`")),
        }
    }
}

impl fmt::Display for Kernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_two_numbers() {
        let version = |text| Kernel::parse(text).unwrap();
        assert_eq!(
            version("5.10"),
            Kernel {
                major: 5,
                minor: 10
            }
        );
        assert!(version("5.10") > version("5.9"));
        for wrong in [
            "", "5", "5.", ".1", "5.10.1", "5.256", "0.0", "-1.2", "+5.1", "5,1", "v5.1", "5.1-rc1",
        ] {
            assert_eq!(
                Kernel::parse(wrong).unwrap_err().kind,
                Kind::BadKernelVersion,
                "{wrong}"
            );
        }
    }
}
