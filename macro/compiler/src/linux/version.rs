//! Versions of Linux, as far as profiles and filters distinguish them: `5.10`.

use std::fmt;

use crate::error::{Error, Kind};

/// A version of Linux; only the first two numbers count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Kernel {
    /// The first number.
    pub major: u8,
    /// The second number.
    pub minor: u8,
}

impl Kernel {
    /// Reads the version of a `minKernel`: two decimal numbers from 0 to 255, not `0.0`; or three
    /// if the last is 0, as Docker's older profiles have it.
    ///
    /// # Errors
    /// `bad-kernel-version`, without a place.
    pub fn parse(text: &str) -> Result<Kernel, Error> {
        let (kernel, rest) = Kernel::split(text)?;
        match rest {
            "" => Ok(kernel),
            _ if rest.strip_prefix('.').is_some_and(|third| {
                !third.is_empty() && third.bytes().all(|byte| byte == b'0')
            }) =>
            {
                Ok(kernel)
            }
            _ => Err(bad(text)),
        }
    }

    /// Reads a version or the release of a running kernel (`uname -r`): `6.1.0-50-amd64`. What
    /// follows the second number must begin with `.`, `-` or `+`, and does not count.
    ///
    /// # Errors
    /// `bad-kernel-version`, without a place.
    pub fn parse_release(text: &str) -> Result<Kernel, Error> {
        let (kernel, rest) = Kernel::split(text)?;
        match rest.chars().next() {
            None | Some('.' | '-' | '+') => Ok(kernel),
            Some(_) => Err(bad(text)),
        }
    }

    /// The first two numbers, and what follows them.
    fn split(text: &str) -> Result<(Kernel, &str), Error> {
        let number = |text: &str| -> Option<u8> {
            let digits = text.bytes().take_while(u8::is_ascii_digit).count();
            text[..digits].parse().ok()
        };
        let (first, rest) = text.split_once('.').ok_or_else(|| bad(text))?;
        let whole = first.bytes().all(|byte| byte.is_ascii_digit());
        let major = number(first).filter(|_| whole);
        let minor = number(rest);
        match (major, minor) {
            (Some(major), Some(minor)) if (major, minor) != (0, 0) => {
                let behind = rest.trim_start_matches(|c: char| c.is_ascii_digit());
                Ok((Kernel { major, minor }, behind))
            }
            _ => Err(bad(text)),
        }
    }
}

fn bad(text: &str) -> Error {
    let message = format!("`{text}` is not a version of Linux");
    Error::nowhere(Kind::BadKernelVersion, message)
        .label("write two numbers from 0 to 255, such as `5.10`")
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
        let (major, minor) = (5, 10);
        assert_eq!(version("5.10"), Kernel { major, minor });
        assert_eq!(version("5.10.0"), Kernel { major, minor });
        assert!(version("5.10") > version("5.9"));
        for wrong in [
            "", "5", "5.", ".1", "5.10.1", "5.10.", "5.10.0.0", "5.256", "0.0", "-1.2", "+5.1",
            "5,1", "v5.1", "5.1-rc1", "5.1O", "5. 1", "5.10.0-1",
        ] {
            let kind = Kernel::parse(wrong).unwrap_err().kind;
            assert_eq!(kind, Kind::BadKernelVersion, "{wrong}");
        }
    }

    #[test]
    fn a_release_has_more_behind_them() {
        let release = |text| Kernel::parse_release(text).map(|kernel| kernel.to_string());
        for (text, wanted) in [
            ("5.10", "5.10"),
            ("6.1.0-50-cloud-amd64", "6.1"),
            ("3.12.25-gentoo", "3.12"),
            ("6.18-rc3", "6.18"),
            ("5.10+", "5.10"),
        ] {
            assert_eq!(release(text).unwrap(), wanted);
        }
        for wrong in [
            "5",
            "5.x",
            "5.1O",
            "5.10 generic",
            "0.0.1",
            "5.10_1",
            "256.1",
        ] {
            assert!(release(wrong).is_err(), "{wrong}");
        }
    }
}
