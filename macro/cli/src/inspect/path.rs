//! Program × call → the instructions that are executed, and what each sees.

use std::fmt;

use seccomp_profile_compiler::bpf::{self, Insn};
use seccomp_profile_compiler::linux::abi::Endian;
use seccomp_profile_compiler::linux::data::{SeccompData, Word};
use seccomp_profile_compiler::verify::Program;

use crate::paint::Paint;

/// What the accumulator holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Operand {
    pub(crate) word: Word,
    mask: u32,
}

impl Operand {
    /// What a load or a mask leaves in the accumulator.
    pub(crate) fn after(held: Option<Operand>, insn: &Insn, endian: Endian) -> Option<Operand> {
        match insn.code {
            bpf::LD => Word::at(insn.k, endian).map(|word| Operand {
                word,
                mask: u32::MAX,
            }),
            bpf::AND => held.map(|held| Operand {
                mask: held.mask & insn.k,
                ..held
            }),
            _ => held,
        }
    }

    fn of(self, data: &SeccompData) -> u32 {
        self.word.of(data) & self.mask
    }
}

impl fmt::Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.mask {
            u32::MAX => self.word.fmt(f),
            mask => write!(f, "{} & {mask:#x}", self.word),
        }
    }
}

/// Writes a test of `subject`: `nr >= 0x11b`.
pub(crate) fn question(subject: &str, insn: &Insn) -> Option<String> {
    let k = insn.k;
    Some(match insn.code {
        bpf::JEQ => format!("{subject} == {k:#x}"),
        bpf::JGT => format!("{subject} > {k:#x}"),
        bpf::JGE => format!("{subject} >= {k:#x}"),
        bpf::JSET => format!("{subject} & {k:#x} != 0"),
        _ => return None,
    })
}

/// Lists the instructions that a call executes, each with the values that it sees; `None` if
/// [`bpf::run`] finds no answer, or another path.
pub(crate) fn listing(program: &Program, data: &SeccompData, paint: Paint) -> Option<String> {
    let (insns, endian) = (program.insns(), program.endian());
    let steps = steps(insns, data, endian)?;
    let answer = bpf::run(insns, data, endian).ok()?;
    let last = steps.last().map(|step| step.at);
    if last != Some(answer.at) || steps.len() != answer.executed as usize {
        return None;
    }
    let listing = bpf::listing(insns, endian);
    let lines: Vec<&str> = listing.lines().collect();
    let executed = || steps.iter().filter_map(|step| lines.get(step.at));
    let width = executed().map(|line| line.len()).max().unwrap_or(0);
    let (count, all) = (steps.len(), insns.len());
    let title = format!("The program executes {count} of its {all} instructions:");
    let mut out = format!("{}\n", paint.bold(&title));
    for (line, step) in executed().zip(&steps) {
        let line = format!("{line:width$}   {}", paint.dim(&step.seen));
        out.push_str(line.trim_end());
        out.push('\n');
    }
    Some(out)
}

/// One executed instruction.
struct Step {
    at: usize,
    seen: String,
}

/// Follows a call through a program.
fn steps(program: &[Insn], data: &SeccompData, endian: Endian) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    let mut held = None;
    let mut at = 0;
    loop {
        let insn = program.get(at)?;
        held = Operand::after(held, insn, endian);
        let value = held.map_or(0, |held| held.of(data));
        let mut next = at + 1;
        let seen = match insn.code {
            bpf::RET => String::new(),
            bpf::JA => {
                next += insn.k as usize;
                String::new()
            }
            bpf::LD | bpf::AND => format!("{} = {value:#x}", held?),
            _ => {
                let holds = match insn.code {
                    bpf::JEQ => value == insn.k,
                    bpf::JGT => value > insn.k,
                    bpf::JGE => value >= insn.k,
                    _ => value & insn.k != 0,
                };
                next += usize::from(if holds { insn.jt } else { insn.jf });
                let asked = question(&format!("{value:#x}"), insn)?;
                format!("{asked}: {}", if holds { "yes" } else { "no" })
            }
        };
        steps.push(Step { at, seen });
        if insn.code == bpf::RET {
            return Some(steps);
        }
        at = next;
    }
}
