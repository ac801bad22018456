//! Program → a graph in graphviz's language: tests, and the answers they lead to.
//!
//! A node is a test of the accumulator. Loads, masks and jumps are not shown. A test that is
//! reached with several words in the accumulator is several nodes, and each return is a leaf of its
//! own, because a tree is easier to read than a general graph.

use std::collections::{BTreeMap, BTreeSet};

use seccomp_profile_compiler::bpf::{self, Insn};
use seccomp_profile_compiler::linux::abi::{Abi, Endian, X32_BIT};
use seccomp_profile_compiler::linux::action::Action;
use seccomp_profile_compiler::linux::data::Word;
use seccomp_profile_compiler::linux::syscalls;
use seccomp_profile_compiler::policy::{Policy, SKIPPED};
use seccomp_profile_compiler::verify::Program;

use super::path::{Operand, question};
use super::phrase::plain;

/// A test: its position in the program, and what is in the accumulator.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Node {
    at: usize,
    held: Operand,
}

/// What a jump leads to.
enum Next {
    Test(Node),
    Answer(Action),
}

/// Writes a program as a graph; `None` if it has instructions that the compiler does not emit.
pub(crate) fn dot(title: &str, policy: &Policy, program: &Program) -> Option<String> {
    let (insns, endian) = (program.insns(), program.endian());
    let title = quoted(title);
    let mut out = format!(
        "digraph program {{
    graph [label={title}, labelloc=t, fontname=\"sans-serif\"];
    node [shape=box, style=\"rounded,filled\", fillcolor=white, fontname=\"monospace\"];
    edge [fontname=\"sans-serif\", fontsize=10];
"
    );
    // In the order of the program. Jumps go forward only, so when a test is written, all audit
    // tokens that can arrive there are known.
    let mut open = BTreeMap::new();
    match follow(insns, 0, None, endian)? {
        Next::Test(node) => {
            let tokens: BTreeSet<u32> = policy.tokens().into_iter().collect();
            open.insert(node, tokens);
        }
        Next::Answer(action) => out.push_str(&leaf("\"answer\"", action)),
    }
    while let Some((node, tokens)) = open.pop_first() {
        let insn = insns.get(node.at)?;
        let name = node.name("");
        let mut label = question(&node.held.to_string(), insn)?;
        if let Some(meaning) = meaning(node.held, insn, policy, &tokens) {
            label.push_str(&format!("\n{meaning}"));
        }
        out.push_str(&format!("    {name} [label={}];\n", quoted(&label)));
        for (edge, jump, style) in [("yes", insn.jt, "solid"), ("no", insn.jf, "dashed")] {
            let to = node.at + 1 + usize::from(jump);
            let to = match follow(insns, to, Some(node.held), endian)? {
                Next::Answer(action) => {
                    let name = node.name(edge);
                    out.push_str(&leaf(&name, action));
                    name
                }
                Next::Test(to) => {
                    let asked = node.held.word == Word::Arch && insn.code == bpf::JEQ;
                    let come = |token: &&u32| !asked || (**token == insn.k) == (edge == "yes");
                    let come = tokens.iter().filter(come);
                    open.entry(to).or_default().extend(come);
                    to.name("")
                }
            };
            out.push_str(&format!(
                "    {name} -> {to} [label={edge}, style={style}];\n"
            ));
        }
    }
    out.push_str("}\n");
    Some(out)
}

impl Node {
    /// The node's own name, or that of an answer it leads to.
    fn name(self, edge: &str) -> String {
        quoted(format!("{} {} {edge}", self.at, self.held).trim_end())
    }
}

fn leaf(name: &str, action: Action) -> String {
    let label = quoted(&action.to_string());
    let colour = colour(action);
    format!("    {name} [label={label}, shape=oval, fillcolor=\"{colour}\"];\n")
}

/// The test or answer that comes next.
fn follow(
    insns: &[Insn],
    mut at: usize,
    mut held: Option<Operand>,
    endian: Endian,
) -> Option<Next> {
    loop {
        let insn = insns.get(at)?;
        held = Operand::after(held, insn, endian);
        match insn.code {
            bpf::LD | bpf::AND => at += 1,
            bpf::JA => at += 1 + insn.k as usize,
            bpf::RET => return Action::from_word(insn.k).map(Next::Answer),
            _ => return held.map(|held| Next::Test(Node { at, held })),
        }
    }
}

/// The name of the number in a test, if all ABIs that arrive here agree on it.
fn meaning(held: Operand, insn: &Insn, policy: &Policy, tokens: &BTreeSet<u32>) -> Option<String> {
    let here = || {
        let abis = policy.abis.iter().map(|rules| rules.abi);
        abis.filter(|abi| tokens.contains(&abi.token()))
    };
    let names: BTreeSet<&str> = match (held.word, insn.code, insn.k) {
        (Word::Nr, bpf::JEQ, SKIPPED) => ["skipped"].into(),
        (Word::Nr, bpf::JEQ, nr) => here().filter_map(|abi| syscalls::name(abi, nr)).collect(),
        (Word::Nr, bpf::JGE, X32_BIT) => here()
            .filter(|abi| abi.token() == Abi::X32.token())
            .map(|_| "x32")
            .collect(),
        (Word::Arch, bpf::JEQ, token) => {
            let abis = here().filter(|abi| abi.token() == token).map(Abi::name);
            let names: Vec<&str> = abis.collect();
            return Some(names.join(", "));
        }
        _ => return None,
    };
    match names.len() {
        1 => names.first().map(|name| name.to_string()),
        _ => None,
    }
}

/// Writes a string of graphviz's language, with no escape but a new line.
fn quoted(text: &str) -> String {
    let lines: Vec<String> = text
        .split('\n')
        .map(|line| plain(line).replace('\\', "\\\\").replace('"', "\\\""))
        .collect();
    format!("\"{}\"", lines.join("\\n"))
}

/// Green if the call runs, red if the process or thread ends.
fn colour(action: Action) -> &'static str {
    match action {
        Action::Allow => "#b7e4c7",
        Action::Log => "#b8e0e8",
        Action::Notify | Action::Trace(_) => "#c7d2fe",
        Action::Errno(_) => "#fde68a",
        Action::Trap | Action::KillThread | Action::KillProcess => "#fca5a5",
    }
}
