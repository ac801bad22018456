//! A program as text, one instruction a line, as `inspect` shows it.

use core::fmt;

use crate::evaluate::{AND_K, JA, JEQ_K, JGE_K, JGT_K, JSET_K, LD_W_ABS, RET_K};
use crate::sys::sock_filter;
use crate::{Action, Filter};

/// The program's listing: an instruction a line, jumps with the numbers of the lines they lead to.
///
/// ```
/// # use seccomp_profile::{Filter, seccomp_profile};
/// static SANDBOX: Filter = seccomp_profile!("../examples/sandbox.json");
///
/// let listing = SANDBOX.to_string();
/// assert!(listing.starts_with("   0: ld   arch\n"));
/// assert_eq!(listing.lines().count(), SANDBOX.len());
/// ```
impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, insn) in self.program().iter().enumerate() {
            write!(f, "{at:4}: ")?;
            instruction(f, insn, at + 1)?;
            f.write_str("\n")?;
        }
        Ok(())
    }
}

fn instruction(f: &mut fmt::Formatter<'_>, insn: &sock_filter, next: usize) -> fmt::Result {
    let sock_filter { code, jt, jf, k } = *insn;
    let test = match code {
        LD_W_ABS => return write!(f, "ld   {}", Word(k)),
        AND_K => return write!(f, "and  {k:#x}"),
        JA => return write!(f, "ja   {}", next.saturating_add(k as usize)),
        RET_K => return write!(f, "ret  {}", Action::of(k)),
        JEQ_K => "jeq ",
        JGT_K => "jgt ",
        JGE_K => "jge ",
        JSET_K => "jset",
        _ => return write!(f, "?    {code:#06x} {jt} {jf} {k:#x}"),
    };
    let (yes, no) = (next + usize::from(jt), next + usize::from(jf));
    write!(f, "{test} {k:#x}, {yes}, {no}")
}

/// A word of `struct seccomp_data`, by its offset.
struct Word(u32);

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Word(offset) = *self;
        let half = if (offset % 8 == 0) == cfg!(target_endian = "little") {
            "low"
        } else {
            "high"
        };
        match offset {
            0 => f.write_str("nr"),
            4 => f.write_str("arch"),
            8..16 => write!(f, "ip.{half}"),
            _ => write!(f, "arg{}.{half}", (offset.saturating_sub(16)) / 8),
        }
    }
}
