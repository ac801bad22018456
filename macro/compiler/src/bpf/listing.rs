//! Instructions → a readable listing, for tools and test failures.
//!
//! Every instruction can be listed, also one that [`run`](super::run()) does not know.

use crate::bpf::{AND, Insn, JA, JEQ, JGE, JGT, JSET, LD, RET};
use crate::linux::abi::Endian;
use crate::linux::action::Action;
use crate::linux::data::Word;

/// Writes a program as text: one line for each instruction, jumps with the indices of their targets.
pub fn listing(program: &[Insn], endian: Endian) -> String {
    let mut text = String::new();
    for (at, insn) in program.iter().enumerate() {
        let next = at + 1;
        let line = match insn.code {
            LD => match Word::at(insn.k, endian) {
                Some(word) => format!("ld   {word}"),
                None => format!("ld   [{}]", insn.k),
            },
            AND => format!("and  {:#x}", insn.k),
            JA => format!("ja   {}", next as u64 + u64::from(insn.k)),
            RET => match Action::from_word(insn.k) {
                Some(action) => format!("ret  {action}"),
                None => format!("ret  {:#x}", insn.k),
            },
            JEQ | JGT | JGE | JSET => {
                let name = match insn.code {
                    JEQ => "jeq",
                    JGT => "jgt",
                    JGE => "jge",
                    _ => "jset",
                };
                let (yes, no) = (next + usize::from(insn.jt), next + usize::from(insn.jf));
                format!("{name:4} {:#x}, {yes}, {no}", insn.k)
            }
            code => format!("?    {code:#06x} {} {} {:#x}", insn.jt, insn.jf, insn.k),
        };
        text.push_str(&format!("{at:4}: {line}\n"));
    }
    text
}
