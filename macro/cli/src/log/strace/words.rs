//! The words of a call in the output of `strace` → its number, and the values of its arguments.

use seccomp_profile_compiler::linux::abi::Abi;
use seccomp_profile_compiler::linux::{arguments, constants, syscalls};

use crate::judge::Arguments;

/// The number of a call, or why it has none; `None` if no ABI has this call.
pub(super) fn number(abi: Abi, name: &str) -> Option<Result<u32, String>> {
    if let Some(hex) = name.strip_prefix("syscall_0x") {
        return Some(Ok(u32::from_str_radix(hex, 16).ok()?));
    }
    let known = syscalls::is_known(name);
    known.then(|| {
        syscalls::number(abi, name).ok_or_else(|| format!("`{name}` has no number on {abi}"))
    })
}

/// Splits arguments at their commas, up to the parenthesis that closes the call. Returns what is
/// behind it, `None` if it is missing.
pub(super) fn split(text: &str) -> (Vec<&str>, Option<&str>) {
    let mut words = Vec::new();
    let (mut start, mut depth, mut quoted, mut escaped) = (0, 0_usize, false, false);
    let mut comment = false;
    for (at, byte) in text.bytes().enumerate() {
        if comment {
            comment = !(byte == b'/' && text.as_bytes()[at - 1] == b'*');
            continue;
        }
        if quoted {
            quoted = escaped || byte != b'"';
            escaped = byte == b'\\' && !escaped;
            continue;
        }
        match byte {
            b'"' => quoted = true,
            b'*' if at > 0 && text.as_bytes()[at - 1] == b'/' => comment = true,
            b'(' | b'[' | b'{' => depth += 1,
            b')' if depth == 0 => {
                words.push(text[start..at].trim());
                words.retain(|word| !word.is_empty());
                return (words, Some(&text[at + 1..]));
            }
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            b',' if depth == 0 => {
                words.push(text[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    (words, None)
}

/// The contents of a quoted string, without its escapes.
pub(super) fn unquoted(word: &str) -> Option<String> {
    let inside = word.strip_prefix('"')?;
    let end = inside.find('"')?;
    Some(inside[..end].to_string())
}

/// The values of the registers.
pub(super) fn values(abi: Abi, name: &str, words: &[&str]) -> Arguments {
    let mut args = [None; 6];
    let Some(signature) = arguments::of(abi, name) else {
        return args;
    };
    for (at, word) in words.iter().enumerate() {
        // `clone(child_stack=NULL, flags=SIGCHLD)` has an order of its own.
        let named = word.split_once('=').filter(|(name, _)| {
            !name.is_empty()
                && name
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
        });
        let (at, word) = match named {
            Some((name, word)) => {
                let is = |at: &usize| signature.get(*at).is_some_and(|arg| arg.name == name);
                match (0..arguments::REGISTERS).find(is) {
                    Some(at) => (at, word),
                    None => continue,
                }
            }
            None => (at, *word),
        };
        // One argument can be in two registers, and the next ones are then elsewhere.
        let whole = (0..=at).all(|at| {
            let argument = signature.get(at);
            argument.is_none_or(|argument| argument.part == arguments::Part::Whole)
        });
        if let Some(arg) = args.get_mut(at).filter(|_| whole) {
            *arg = value(abi, word);
        }
    }
    args
}

/// The value of a word: a number, or names of constants; not the address of something.
fn value(abi: Abi, word: &str) -> Option<u64> {
    let word = word.split_once(" /*").map_or(word, |(word, _)| word);
    // What a descriptor is: `3</etc/passwd>`.
    let word = match word.split_once('<') {
        Some((word, path)) if path.ends_with('>') => word,
        _ => word,
    };
    let part = |part: &str| match part {
        "NULL" => Some(0),
        "AT_FDCWD" => Some(-100_i64 as u64),
        _ => integer(part).or_else(|| constants::value(abi, part)),
    };
    word.split('|')
        .try_fold(0, |value, word| Some(value | part(word.trim())?))
}

fn integer(word: &str) -> Option<u64> {
    if let Some(hex) = word.strip_prefix("0x") {
        return u64::from_str_radix(hex, 16).ok();
    }
    if word.len() > 1 && word.starts_with('0') {
        return u64::from_str_radix(word, 8).ok();
    }
    let signed = word.parse::<i64>().map(|number| number as u64);
    signed.or_else(|_| word.parse()).ok()
}
