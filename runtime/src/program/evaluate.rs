//! The kernel's machine for classic BPF, as far as this crate's programs use it, in a `const fn`.

use crate::action::Action;
use crate::insn::{AND_K, JA, JEQ_K, JGE_K, JGT_K, JSET_K, LD_W_ABS, RET_K, sock_filter};
use crate::syscall::Syscall;

/// What a program may look at.
#[derive(Clone, Copy)]
pub(crate) enum Data<'a> {
    /// The whole call.
    Full(&'a Syscall),
    /// Only its number and ABI.
    NumberAndArch(&'a Syscall),
}

/// Returns the program's answer; `None` if it looks at what is not known.
///
/// Jumps go forward only, so this ends. What no compiler of this crate emits is answered as the
/// kernel answers words without a meaning: by killing the process.
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

/// Returns the word at a byte offset of `struct seccomp_data`.
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
    };
    const YES: u32 = 0x7fff_0000;
    const NO: u32 = 0x0005_0001;

    const fn insn(code: u16, jt: u8, jf: u8, k: u32) -> sock_filter {
        sock_filter { code, jt, jf, k }
    }

    /// Whether a test on the number holds.
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
            _ => panic!("neither answer"),
        }
    }

    #[test]
    fn tests_are_unsigned_and_go_both_ways() {
        const {
            assert!(is_true(JEQ_K, 0x8000_0001) && !is_true(JEQ_K, 0x8000_0000));
            assert!(is_true(JGT_K, 0x8000_0000) && !is_true(JGT_K, 0x8000_0001));
            assert!(is_true(JGE_K, 0x8000_0001) && !is_true(JGE_K, 0x8000_0002));
            assert!(is_true(JSET_K, 0x8000_0000) && !is_true(JSET_K, 0x7fff_fffe));
        }
    }

    #[test]
    fn every_word_of_a_call_has_its_place() {
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
        // The words of a number lie as the machine's own do.
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
    fn what_is_not_known_is_not_guessed() {
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
    fn what_is_no_program_kills() {
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
    fn words_of_the_kernel_have_their_meaning() {
        let meaning = |word| run(&[insn(RET_K, 0, 0, word)], Data::Full(&CALL));
        for (word, action) in [
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
            assert_eq!(meaning(word), Some(action), "{word:#x}");
        }
    }
}
