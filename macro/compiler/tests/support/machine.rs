//! A second interpreter of programs. It records which instructions were executed.
#![allow(dead_code)] // not every test asks for coverage

use seccomp_profile_compiler::bpf::{AND, Insn, JA, JEQ, JGE, JGT, JSET, LD, RET};
use seccomp_profile_compiler::linux::abi::Endian;
use seccomp_profile_compiler::linux::data::SeccompData;

/// One program, to be run many times.
pub(crate) struct Machine<'a> {
    program: &'a [Insn],
    endian: Endian,
    covered: Vec<bool>,
}

/// The result of one call.
pub(crate) struct Outcome {
    /// The return value of the program.
    pub(crate) word: u32,
    /// Whether the program read anything besides number and architecture.
    pub(crate) read_more: bool,
}

impl Machine<'_> {
    pub(crate) fn new(program: &[Insn], endian: Endian) -> Machine<'_> {
        Machine {
            program,
            endian,
            covered: vec![false; program.len()],
        }
    }

    /// Runs the program as the kernel would, on the bytes of `seccomp_data`.
    pub(crate) fn run(&mut self, data: &SeccompData) -> Outcome {
        let bytes = bytes(data, self.endian);
        let (mut a, mut at, mut read_more) = (0u32, 0, false);
        loop {
            let Insn { code, jt, jf, k } = self.program[at];
            self.covered[at] = true;
            at += 1;
            let skip = |holds: bool| usize::from(if holds { jt } else { jf });
            match code {
                LD => {
                    let word: [u8; 4] = bytes[k as usize..][..4].try_into().unwrap();
                    a = match self.endian {
                        Endian::Little => u32::from_le_bytes(word),
                        Endian::Big => u32::from_be_bytes(word),
                    };
                    read_more |= k >= 8;
                }
                AND => a &= k,
                JA => at += k as usize,
                JEQ => at += skip(a == k),
                JGT => at += skip(a > k),
                JGE => at += skip(a >= k),
                JSET => at += skip(a & k != 0),
                RET => return Outcome { word: k, read_more },
                _ => panic!("unknown instruction {code:#x}"),
            }
        }
    }

    /// Returns the first instruction from an index on that no call has executed yet.
    pub(crate) fn uncovered(&self, from: usize) -> Option<usize> {
        self.covered[from..]
            .iter()
            .position(|covered| !covered)
            .map(|at| from + at)
    }
}

fn bytes(data: &SeccompData, endian: Endian) -> Vec<u8> {
    let word = |value: u32| match endian {
        Endian::Little => value.to_le_bytes(),
        Endian::Big => value.to_be_bytes(),
    };
    let double = |value: u64| match endian {
        Endian::Little => value.to_le_bytes(),
        Endian::Big => value.to_be_bytes(),
    };
    let mut bytes = [word(data.nr), word(data.arch)].concat();
    bytes.extend(double(data.instruction_pointer));
    bytes.extend(data.args.iter().flat_map(|arg| double(*arg)));
    bytes
}
