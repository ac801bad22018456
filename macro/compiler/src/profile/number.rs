//! A string in the place of a number → the number on an ABI.
//!
//! A string is a name of a constant of the kernel, several names joined by `|`, or a number in
//! decimal, hexadecimal or negative form. A name can have another value on every ABI.

use crate::error::suggest::nearest;
use crate::linux::abi::Abi;
use crate::linux::constants;

/// What is wrong with a string.
pub(crate) struct Wrong {
    /// What is wrong, in one sentence.
    pub(crate) message: String,
    /// What to write.
    pub(crate) label: String,
    /// Whether the string is neither a number nor a name.
    pub(crate) unreadable: bool,
}

/// Returns whether the value of a string depends on the ABI.
pub(crate) fn is_named(text: &str) -> bool {
    names(text).all(is_name)
}

/// Returns the names that a string joins.
pub(crate) fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split('|').map(str::trim)
}

/// Returns the number that a string means on an ABI. A negative number, or a constant that is
/// negative, is sign-extended to 64 bits.
pub(crate) fn value(text: &str, abi: Abi) -> Result<u64, Wrong> {
    if !is_named(text) {
        return plain(text);
    }
    let mut joined = 0;
    for name in names(text) {
        joined |= constants::value(abi, name).ok_or_else(|| no_value(name, abi))?;
    }
    Ok(joined)
}

/// A constant has an identifier of C for a name.
fn is_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn plain(text: &str) -> Result<u64, Wrong> {
    let unreadable = |label: &str| Wrong {
        message: format!("`{text}` is neither a number nor a name of a constant"),
        label: label.into(),
        unreadable: true,
    };
    let too_large = || Wrong {
        message: format!("`{text}` does not fit in 64 bits"),
        label: String::from("write a number from -2^63 to 2^64-1"),
        unreadable: true,
    };
    let digits = |digits: &str| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    if let Some(hex) = text.strip_prefix("0x") {
        return match u64::from_str_radix(hex, 16) {
            Ok(number) if !hex.starts_with('+') => Ok(number),
            Err(_) if !hex.is_empty() && hex.bytes().all(|b| b.is_ascii_hexdigit()) => {
                Err(too_large())
            }
            _ => Err(unreadable("a hexadecimal number is written as \"0x5413\"")),
        };
    }
    let magnitude = text.strip_prefix('-').unwrap_or(text);
    if !digits(magnitude) {
        let joined = text.contains('|');
        return Err(unreadable(if joined {
            "only names of constants can be joined by `|`"
        } else {
            "write a name such as \"AF_UNIX\", or a number such as \"0x5413\" or \"-100\""
        }));
    }
    if magnitude.len() > 1 && magnitude.starts_with('0') {
        return Err(unreadable(
            "a leading 0 means octal in C, but not here: write the number in decimal or as \"0x…\"",
        ));
    }
    match text.strip_prefix('-') {
        None => text.parse().map_err(|_| too_large()),
        Some(_) => match text.parse::<i64>() {
            Ok(number) => Ok(number as u64),
            Err(_) => Err(too_large()),
        },
    }
}

fn no_value(name: &str, abi: Abi) -> Wrong {
    if constants::is_known(name) {
        return Wrong {
            message: format!("the constant `{name}` does not exist on {abi}"),
            label: format!("has no value on {abi}"),
            unreadable: false,
        };
    }
    let near = nearest(name, &constants::names().collect::<Vec<_>>());
    let near: Vec<String> = near.iter().map(|name| format!("`{name}`")).collect();
    let label = match near.split_last() {
        None => String::from("not a constant that this compiler knows; write its number instead"),
        Some((last, [])) => format!("did you mean {last}?"),
        Some((last, rest)) => format!("did you mean {} or {last}?", rest.join(", ")),
    };
    Wrong {
        message: format!("unknown constant `{name}`"),
        label,
        unreadable: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_numbers() {
        let value = |text| value(text, Abi::X86_64).ok();
        for (text, wanted) in [
            ("0", Some(0)),
            ("18446744073709551615", Some(u64::MAX)),
            ("18446744073709551616", None),
            ("0x5413", Some(0x5413)),
            ("0xFFFFFFFFFFFFFFFF", Some(u64::MAX)),
            ("0x1ffffffffffffffff", None),
            ("-1", Some(u64::MAX)),
            ("-100", Some(-100_i64 as u64)),
            ("-9223372036854775808", Some(1 << 63)),
            ("-9223372036854775809", None),
            ("AF_UNIX", Some(1)),
            ("SOCK_STREAM|SOCK_CLOEXEC", Some(0o2000001)),
            ("SOCK_STREAM | SOCK_CLOEXEC", Some(0o2000001)),
            ("AT_FDCWD", Some(-100_i64 as u64)),
            ("", None),
            ("0x", None),
            ("0x+1", None),
            ("-", None),
            ("-0x1", None),
            ("+1", None),
            ("1.5", None),
            ("1e3", None),
            ("0777", None),
            ("AF_UNIX|1", None),
            ("AF_UNIX|", None),
            ("af_unix", None),
            ("AF_UNIXX", None),
        ] {
            assert_eq!(value(text), wanted, "{text}");
        }
    }

    #[test]
    fn names_have_the_value_of_the_abi() {
        let stream = |abi| value("SOCK_STREAM", abi).ok();
        assert_eq!(stream(Abi::X86_64), Some(1));
        assert_eq!(stream(Abi::Mips), Some(2));
    }
}
