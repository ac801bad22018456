//! A program → text, one instruction per line.

use core::fmt;

use crate::action::Action;
use crate::insn::{AND_K, JA, JEQ_K, JGE_K, JGT_K, JSET_K, LD_W_ABS, RET_K, sock_filter};

/// Displays a program.
pub(crate) struct Listing<'a>(pub(crate) &'a [sock_filter]);

impl fmt::Display for Listing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (line, insn) in self.0.iter().enumerate() {
            write!(f, "{line:4}: ")?;
            instruction(f, insn, line + 1)?;
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
        RET_K => return write!(f, "ret  {}", Action::from_return_value(k)),
        JEQ_K => "jeq ",
        JGT_K => "jgt ",
        JGE_K => "jge ",
        JSET_K => "jset",
        _ => return write!(f, "?    {code:#06x} {jt} {jf} {k:#x}"),
    };
    let (yes, no) = (next + usize::from(jt), next + usize::from(jf));
    write!(f, "{test} {k:#x}, {yes}, {no}")
}

/// Displays a word of `struct seccomp_data`, given its byte offset.
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

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use std::string::ToString;

    const fn insn(code: u16, jt: u8, jf: u8, k: u32) -> sock_filter {
        sock_filter { code, jt, jf, k }
    }

    #[test]
    fn each_instruction_has_a_mnemonic() {
        static PROGRAM: [sock_filter; 10] = [
            insn(LD_W_ABS, 0, 0, 4),
            insn(LD_W_ABS, 0, 0, 0),
            insn(AND_K, 0, 0, 0xff),
            insn(JA, 0, 0, 1),
            insn(JEQ_K, 0, 1, 16),
            insn(JGT_K, 1, 0, 17),
            insn(JGE_K, 2, 0, 18),
            insn(JSET_K, 0, 0, 19),
            insn(0x87, 1, 2, 3),
            insn(RET_K, 0, 0, 0x7fff_0000),
        ];
        assert_eq!(
            Listing(&PROGRAM).to_string(),
            "   0: ld   arch
   1: ld   nr
   2: and  0xff
   3: ja   5
   4: jeq  0x10, 5, 6
   5: jgt  0x11, 7, 6
   6: jge  0x12, 9, 7
   7: jset 0x13, 8, 8
   8: ?    0x0087 1 2 0x3
   9: ret  ALLOW
"
        );
    }
}
