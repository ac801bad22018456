//! The kernel's machine for classic BPF, as far as this crate's programs use it, in a `const fn`.

use crate::sys::sock_filter;
use crate::{Action, Syscall};

// `include/uapi/linux/bpf_common.h`: class, size or source, and mode or operation in one word.
pub(crate) const LD_W_ABS: u16 = 0x20;
pub(crate) const AND_K: u16 = 0x54;
pub(crate) const JA: u16 = 0x05;
pub(crate) const JEQ_K: u16 = 0x15;
pub(crate) const JGT_K: u16 = 0x25;
pub(crate) const JGE_K: u16 = 0x35;
pub(crate) const JSET_K: u16 = 0x45;
pub(crate) const RET_K: u16 = 0x06;

/// What a program may look at.
#[derive(Clone, Copy)]
pub(crate) enum Known<'a> {
    /// The whole call.
    All(&'a Syscall),
    /// Only its number and ABI.
    Number(&'a Syscall),
}

/// Returns the program's answer; `None` if it looks at what is not known.
///
/// Jumps go forward only, so this ends. What no compiler of this crate emits is answered as the
/// kernel answers words without a meaning: by killing the process.
pub(crate) const fn run(program: &[sock_filter], known: Known<'_>) -> Option<Action> {
    let (mut at, mut a) = (0, 0);
    while at < program.len() {
        let sock_filter { code, jt, jf, k } = program[at];
        at += 1;
        let holds = match code {
            LD_W_ABS => {
                a = match known {
                    Known::Number(_) if k >= 8 => return None,
                    Known::Number(call) | Known::All(call) => word(call, k),
                };
                continue;
            }
            AND_K => {
                a &= k;
                continue;
            }
            JA => {
                at = at.saturating_add(k as usize);
                continue;
            }
            RET_K => return Some(Action::of(k)),
            JEQ_K => a == k,
            JGT_K => a > k,
            JGE_K => a >= k,
            JSET_K => a & k != 0,
            _ => break,
        };
        at += if holds { jt } else { jf } as usize;
    }
    Some(Action::KillProcess)
}

/// Returns the word at a byte offset of `struct seccomp_data`.
const fn word(call: &Syscall, offset: u32) -> u32 {
    let double = match offset {
        0 => return call.nr,
        4 => return call.arch,
        8..16 => call.instruction_pointer,
        16..64 => call.args[(offset as usize - 16) / 8],
        _ => return 0,
    };
    let first = offset % 8 == 0;
    if first == cfg!(target_endian = "little") {
        double as u32
    } else {
        (double >> 32) as u32
    }
}
