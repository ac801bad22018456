//! A call → text as a tracer shows it: `socket(AF_ALG, 0, IPPROTO_IP)`.

use super::abi::{Abi, Width};
use super::arguments::{self, Argument, Part, Type};
use super::{constants, syscalls};

/// Returns the text of a call; the arguments behind the last that is not 0 are left out, unless the
/// call has them.
pub fn text(abi: Abi, nr: u32, args: &[u64; 6]) -> String {
    let Some(name) = syscalls::name(abi, nr) else {
        return format!("system call {nr}");
    };
    let signature = arguments::of(abi, name);
    let used = args
        .iter()
        .rposition(|arg| *arg != 0)
        .map_or(0, |at| at + 1);
    let has = signature.map_or(0, |signature| signature.count());
    let shown = args[..used.max(has)].iter().enumerate().map(|(at, value)| {
        let argument = signature.and_then(|signature| signature.get(at));
        argument.map_or_else(
            || number(*value),
            |argument| value_of(abi, argument, *value, abi.width()),
        )
    });
    format!("{name}({})", shown.collect::<Vec<_>>().join(", "))
}

/// Returns the text of a value of an argument, of which `width` is looked at: by the names of its
/// constants, if it is made of some. Values that are equal only for the kernel, which takes fewer
/// bits, have different texts.
pub fn value_of(abi: Abi, argument: Argument, value: u64, width: Width) -> String {
    // All bits are a question or a mask.
    let all = value == argument.width(abi).max();
    if all || value != passed(abi, argument, value, width) {
        return number(value);
    }
    let Some(family) = argument.family.filter(|_| argument.part == Part::Whole) else {
        return match argument.kind {
            Type::Descriptor if value as u32 == AT_FDCWD => String::from("AT_FDCWD"),
            _ => number(value),
        };
    };
    let (names, rest) = constants::names_of(abi, family, value);
    if names.is_empty() {
        return number(value);
    }
    let mut text = names.join("|");
    if rest != 0 {
        text.push('|');
        text.push_str(&number(rest));
    }
    text
}

/// Returns the number that a C program passes if the kernel takes it for `value`: a negative one is
/// sign-extended.
fn passed(abi: Abi, argument: Argument, value: u64, width: Width) -> u64 {
    let taken = argument.width(abi).max();
    let low = value & taken;
    let negative = argument.kind.is_signed() && low > taken >> 1;
    let extended = if negative { low | !taken } else { low };
    extended & width.max()
}

/// `include/uapi/linux/fcntl.h`
const AT_FDCWD: u32 = -100_i32 as u32;

/// Returns the text of a number: small ones in decimal.
pub fn number(value: u64) -> String {
    if value < 4096 {
        value.to_string()
    } else {
        format!("{value:#x}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_shown_with_names() {
        let shown = |name: &str, args: &[u64]| {
            let mut all = [0; 6];
            all[..args.len()].copy_from_slice(args);
            text(
                Abi::X86_64,
                syscalls::number(Abi::X86_64, name).unwrap(),
                &all,
            )
        };
        assert_eq!(shown("getpid", &[]), "getpid()");
        assert_eq!(
            shown("socket", &[1, 1]),
            "socket(AF_UNIX, SOCK_STREAM, IPPROTO_IP)"
        );
        assert_eq!(shown("close", &[7]), "close(7)");
        assert_eq!(
            shown("mprotect", &[0x10000, 4096, 6]),
            "mprotect(0x10000, 0x1000, PROT_WRITE|PROT_EXEC)"
        );
        assert_eq!(shown("close", &[7, 0, 9]), "close(7, 0, 9)");
        assert_eq!(text(Abi::X86_64, 9999, &[0; 6]), "system call 9999");
        assert_eq!(
            shown("socket", &[1 << 32 | 1]),
            "socket(0x100000001, 0, IPPROTO_IP)"
        );
    }

    /// Where a filter tells two calls apart, so must their texts.
    #[test]
    fn only_what_a_program_passes_has_a_name() {
        let dfd = arguments::argument(Abi::X86_64, "openat", 0).unwrap();
        let shown = |value, width| value_of(Abi::X86_64, dfd, value, width);
        assert_eq!(shown(-100_i64 as u64, Width::W64), "AT_FDCWD");
        assert_eq!(shown(0xffff_ff9c, Width::W64), "0xffffff9c");
        assert_eq!(shown(0xffff_ff9c, Width::W32), "AT_FDCWD");
        assert_eq!(shown(0x1_ffff_ff9c, Width::W64), "0x1ffffff9c");
    }
}
