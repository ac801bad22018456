//! A trapped call → one line of text.
//!
//! This runs in a signal handler: it does not allocate, take a lock or panic.

/// The system calls of the target: its ABI; the audit tokens and names of all ABIs that its kernel
/// can report; the numbers of its calls, sorted; for each call where its name ends in the last
/// string; all names in one string.
type SyscallNames = (
    &'static str,
    &'static [(u32, &'static str)],
    &'static [u32],
    &'static [u16],
    &'static str,
);

static NAMES: SyscallNames = native!(names);

/// A trapped call.
#[derive(Clone, Copy)]
pub(crate) struct Violation {
    pub(crate) nr: i32,
    /// An `AUDIT_ARCH_*` token.
    pub(crate) arch: u32,
    /// The argument registers, if the target's C library names them.
    pub(crate) args: Option<[u64; 6]>,
    /// The address of the instruction after the call.
    pub(crate) instruction_pointer: usize,
    pub(crate) thread: i32,
}

impl Violation {
    /// Returns the line with its newline:
    /// `seccomp violation: syscall=openat nr=257 abi=x86_64 args=0x…,… ip=0x… tid=4711`
    pub(crate) fn line(&self) -> Line {
        let mut line = Line::new();
        line.text("seccomp violation: syscall=");
        line.text(self.name().unwrap_or("?"));
        line.text(" nr=");
        line.decimal(self.nr.into());
        line.text(" abi=");
        match self.abi() {
            Some(name) => line.text(name),
            None => line.hexadecimal(self.arch.into()),
        }
        let mut before = " args=";
        for arg in self.args.iter().flatten() {
            line.text(before);
            line.hexadecimal(*arg);
            before = ",";
        }
        line.text(" ip=");
        line.hexadecimal(self.instruction_pointer as u64);
        line.text(" tid=");
        line.decimal(self.thread.into());
        line.text("\n");
        line
    }

    /// Returns the name of the ABI, if the kernel can report it.
    fn abi(&self) -> Option<&'static str> {
        let (_, family, ..) = NAMES;
        // x86_64 and x32 have the same token. Numbers of at least `__X32_SYSCALL_BIT` belong to
        // x32, except -1, as in the compiler's policy.
        let x32 = self.nr != -1 && self.nr as u32 >= 0x4000_0000;
        let mut of_token = family.iter().filter(|(token, _)| *token == self.arch);
        let mut abi = of_token.next()?;
        if let Some(other) = of_token.next() {
            if x32 == (other.1 == "x32") {
                abi = other;
            }
        }
        Some(abi.1)
    }

    /// Returns whether the call is of the target's ABI.
    fn is_native(&self) -> bool {
        let (own, ..) = NAMES;
        self.abi() == Some(own)
    }

    /// Returns the name of the call, if it is of the target's ABI.
    fn name(&self) -> Option<&'static str> {
        let (_, _, numbers, ends, text) = NAMES;
        if !self.is_native() {
            return None;
        }
        let index = numbers.binary_search(&(self.nr as u32)).ok()?;
        let end = usize::from(*ends.get(index)?);
        let start = match index.checked_sub(1) {
            Some(before) => usize::from(*ends.get(before)?),
            None => 0,
        };
        text.get(start..end)
    }
}

/// A buffer for one line. It drops what does not fit.
pub(crate) struct Line {
    bytes: [u8; Line::CAPACITY],
    length: usize,
}

impl Line {
    /// The longest line has 262 bytes, with 40 for the name.
    const CAPACITY: usize = 272;

    const fn new() -> Line {
        Line {
            bytes: [0; Line::CAPACITY],
            length: 0,
        }
    }

    /// Returns the text so far.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or(&[])
    }

    fn byte(&mut self, byte: u8) {
        if let Some(free) = self.bytes.get_mut(self.length) {
            *free = byte;
            self.length += 1;
        }
    }

    fn text(&mut self, text: &str) {
        for byte in text.bytes() {
            self.byte(byte);
        }
    }

    fn decimal(&mut self, value: i64) {
        if value < 0 {
            self.byte(b'-');
        }
        self.digits(value.unsigned_abs(), 10);
    }

    fn hexadecimal(&mut self, value: u64) {
        self.text("0x");
        self.digits(value, 16);
    }

    fn digits(&mut self, value: u64, base: u64) {
        // The largest power of the base that is not larger than the value, or 1.
        let mut power: u64 = 1;
        while value / power >= base {
            power *= base;
        }
        while power > 0 {
            // Less than the base, so a single digit.
            let digit = (value / power % base) as u8;
            self.byte(if digit < 10 {
                b'0' + digit
            } else {
                b'a' - 10 + digit
            });
            power /= base;
        }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::string::String;

    use super::*;
    use crate::target::NATIVE;

    fn line(violation: Violation) -> String {
        String::from_utf8(violation.line().bytes().to_vec()).unwrap()
    }

    #[test]
    fn the_longest_line_fits() {
        let (_, _, numbers, ends, text) = NAMES;
        assert_eq!(numbers.len(), ends.len());
        assert_eq!(ends.last().copied().map(usize::from), Some(text.len()));
        for nr in numbers {
            let shown = line(Violation {
                nr: *nr as i32,
                arch: NATIVE,
                args: Some([u64::MAX; 6]),
                instruction_pointer: usize::MAX,
                thread: i32::MIN,
            });
            let of_line = shown.split(['=', ' ']).nth(3).unwrap();
            assert!(text.contains(of_line) && of_line != "?", "{shown}");
            assert!(shown.ends_with("tid=-2147483648\n"), "{shown}");
            assert!(
                of_line.len() <= 40 && shown.len() <= 262 - 40 + of_line.len(),
                "{shown}"
            );
        }
    }

    #[test]
    fn numbers_are_written_as_usual() {
        for value in [0, 1, 9, 10, 11, 99, 100, 4711, i64::MAX, -1, i64::MIN] {
            let mut line = Line::new();
            line.decimal(value);
            line.byte(b' ');
            line.hexadecimal(value as u64);
            let wanted = std::format!("{value} {value:#x}");
            assert_eq!(line.bytes(), wanted.as_bytes());
        }
    }

    #[test]
    #[cfg(all(target_arch = "x86_64", target_pointer_width = "64"))]
    fn abis_that_share_a_token_are_told_apart() {
        for (arch, nr, named) in [
            (NATIVE, 1, "syscall=write nr=1 abi=x86_64"),
            (NATIVE, -1, "syscall=? nr=-1 abi=x86_64"),
            (NATIVE, 0x4000_0001, "syscall=? nr=1073741825 abi=x32"),
            (NATIVE, i32::MIN, "syscall=? nr=-2147483648 abi=x32"),
            (0x4000_0003, 4, "syscall=? nr=4 abi=x86"),
            (0xf, 4, "syscall=? nr=4 abi=0xf"),
        ] {
            let shown = line(Violation {
                nr,
                arch,
                args: None,
                instruction_pointer: 0x1234,
                thread: 7,
            });
            assert_eq!(
                shown,
                std::format!("seccomp violation: {named} ip=0x1234 tid=7\n")
            );
        }
    }
}
