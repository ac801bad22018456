//! A program and a system call → the action: an interpreter of classic BPF in a `const fn`.
//!
//! It implements the instructions that the compiler emits, with the semantics of the kernel. *Data*
//! is the `struct seccomp_data` that a program reads, *word* one of its 32-bit words.

use crate::action::Action;
use crate::insn::{AND_K, JA, JEQ_K, JGE_K, JGT_K, JSET_K, LD_W_ABS, RET_K, sock_filter};
use crate::syscall::Syscall;

/// The part of the data that is known.
#[derive(Clone, Copy)]
pub(crate) enum Data<'a> {
    Full(&'a Syscall),
    /// The arguments and the instruction pointer are unknown.
    NumberAndArch(&'a Syscall),
}

/// Runs the program; `None` if it reads a word that is unknown.
///
/// All jumps go forward, so the program always ends. An instruction that the compiler does not
/// emit, and a program without a return, evaluate to the strictest action.
pub(crate) const fn run(program: &[sock_filter], data: Data<'_>) -> Option<Action> {
    let (mut pc, mut accumulator) = (0, 0);
    while pc < program.len() {
        let sock_filter { code, jt, jf, k } = program[pc];
        pc += 1;
        let is_true = match code {
            LD_W_ABS => {
                accumulator = match data {
                    Data::NumberAndArch(_) if k >= 8 => return None,
                    Data::NumberAndArch(call) | Data::Full(call) => load(call, k),
                };
                continue;
            }
            AND_K => {
                accumulator &= k;
                continue;
            }
            JA => {
                pc = pc.saturating_add(k as usize);
                continue;
            }
            RET_K => return Some(Action::from_return_value(k)),
            JEQ_K => accumulator == k,
            JGT_K => accumulator > k,
            JGE_K => accumulator >= k,
            JSET_K => accumulator & k != 0,
            _ => break,
        };
        pc += if is_true { jt } else { jf } as usize;
    }
    Some(Action::KillProcess)
}

/// Returns the word at a byte offset.
const fn load(call: &Syscall, offset: u32) -> u32 {
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

#[cfg(test)]
mod tests {
    use super::*;

    const CALL: Syscall = Syscall {
        nr: 0x8000_0001,
        arch: 7,
        instruction_pointer: 0x1111_2222_3333_4444,
        args: [0xaaaa_bbbb_cccc_dddd, 1, 2, 3, 4, u64::MAX],
        negative: [false; 6],
    };
    const YES: u32 = 0x7fff_0000;
    const NO: u32 = 0x0005_0001;

    const fn insn(code: u16, jt: u8, jf: u8, k: u32) -> sock_filter {
        sock_filter { code, jt, jf, k }
    }

    /// Returns whether a comparison with the number is true.
    const fn is_true(code: u16, k: u32) -> bool {
        let program = [
            insn(LD_W_ABS, 0, 0, 0),
            insn(code, 1, 2, k),
            insn(RET_K, 0, 0, 0),
            insn(RET_K, 0, 0, YES),
            insn(RET_K, 0, 0, NO),
        ];
        match run(&program, Data::Full(&CALL)) {
            Some(Action::Allow) => true,
            Some(Action::Errno(1)) => false,
            _ => panic!("another return value"),
        }
    }

    #[test]
    fn comparisons_are_unsigned_and_branch_both_ways() {
        const {
            assert!(is_true(JEQ_K, 0x8000_0001) && !is_true(JEQ_K, 0x8000_0000));
            assert!(is_true(JGT_K, 0x8000_0000) && !is_true(JGT_K, 0x8000_0001));
            assert!(is_true(JGE_K, 0x8000_0001) && !is_true(JGE_K, 0x8000_0002));
            assert!(is_true(JSET_K, 0x8000_0000) && !is_true(JSET_K, 0x7fff_fffe));
        }
    }

    #[test]
    fn every_word_has_the_offset_of_seccomp_data() {
        let at = |offset: u32, k: u32| {
            let program = [
                insn(LD_W_ABS, 0, 0, offset),
                insn(JEQ_K, 0, 1, k),
                insn(RET_K, 0, 0, YES),
                insn(RET_K, 0, 0, NO),
            ];
            run(&program, Data::Full(&CALL)) == Some(Action::Allow)
        };
        assert!(at(0, 0x8000_0001));
        assert!(at(4, 7));
        // The two words of a 64-bit number have the byte order of the target.
        let halves = |number: u64| -> [u32; 2] {
            let bytes = number.to_ne_bytes();
            let half = |i: usize| [bytes[i], bytes[i + 1], bytes[i + 2], bytes[i + 3]];
            [half(0), half(4)].map(u32::from_ne_bytes)
        };
        let numbers = [CALL.instruction_pointer].into_iter().chain(CALL.args);
        for (number, offset) in numbers.zip((8..).step_by(8)) {
            let [first, second] = halves(number);
            assert!(at(offset, first) && at(offset + 4, second));
        }
    }

    #[test]
    fn a_load_of_an_unknown_word_has_no_result() {
        for offset in [8, 16, 60] {
            let program = [insn(LD_W_ABS, 0, 0, offset), insn(RET_K, 0, 0, YES)];
            assert_eq!(run(&program, Data::NumberAndArch(&CALL)), None);
            assert_eq!(run(&program, Data::Full(&CALL)), Some(Action::Allow));
        }
        let program = [
            insn(LD_W_ABS, 0, 0, 4),
            insn(AND_K, 0, 0, 3),
            insn(JA, 0, 0, 1),
            insn(RET_K, 0, 0, NO),
            insn(JEQ_K, 0, 1, 3),
            insn(RET_K, 0, 0, YES),
        ];
        assert_eq!(
            run(&program, Data::NumberAndArch(&CALL)),
            Some(Action::Allow)
        );
    }

    #[test]
    fn an_invalid_program_kills_the_process() {
        let programs: [&[sock_filter]; 5] = [
            &[],
            &[insn(LD_W_ABS, 0, 0, 0)],
            &[insn(JA, 0, 0, u32::MAX), insn(RET_K, 0, 0, YES)],
            &[insn(JEQ_K, 255, 255, 0), insn(RET_K, 0, 0, YES)],
            &[insn(0xffff, 0, 0, 0), insn(RET_K, 0, 0, YES)],
        ];
        for program in programs {
            assert_eq!(run(program, Data::Full(&CALL)), Some(Action::KillProcess));
        }
    }

    #[test]
    fn return_values_become_actions() {
        let action_of = |value| run(&[insn(RET_K, 0, 0, value)], Data::Full(&CALL));
        for (value, action) in [
            (0x8000_0000, Action::KillProcess),
            (0, Action::KillThread),
            (0x0003_0000, Action::Trap),
            (0x0005_0fff, Action::Errno(4095)),
            (0x0005_ffff, Action::Errno(4095)),
            (0x7fc0_0000, Action::Notify),
            (0x7ff0_0007, Action::Trace(7)),
            (0x7ffc_0000, Action::Log),
            (0x7fff_0000, Action::Allow),
            (0x1234_0000, Action::KillProcess),
        ] {
            assert_eq!(action_of(value), Some(action), "{value:#x}");
        }
    }
}
