//! Program → a graph in graphviz's language: tests, and the answers they lead to.
//!
//! A node is a test of what the accumulator then holds; loads, masks and jumps are on the way to
//! it. One test that is reached with several words is several nodes.

use std::collections::{BTreeMap, BTreeSet};

use seccomp_profile_compiler::abi::{Abi, Endian, X32_BIT};
use seccomp_profile_compiler::bpf::{self, Insn, Word};
use seccomp_profile_compiler::policy::{Action, Policy, SKIPPED};
use seccomp_profile_compiler::syscalls;
use seccomp_profile_compiler::verify::Program;

use crate::path::{Operand, question};
use crate::phrase::plain;

/// A test or an answer: where it stands, and what is in the accumulator.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Node {
    at: usize,
    held: Option<Operand>,
}

/// Writes a program as a graph; nothing if it is none that the compiler makes.
pub(crate) fn dot(title: &str, policy: &Policy, program: &Program) -> Option<String> {
    let (insns, endian) = (program.insns(), program.endian());
    let mut out = format!(
        "digraph program {{\n    graph [label={}, labelloc=t, fontname=\"sans-serif\"];\n    \
         node [shape=box, style=\"rounded,filled\", fillcolor=white, fontname=\"monospace\"];\n    \
         edge [fontname=\"sans-serif\", fontsize=10];\n",
        quoted(title)
    );
    // Jumps go forward, so a node is written when all that lead to it are.
    let mut open = BTreeMap::new();
    let start = follow(insns, 0, None, endian)?;
    let tokens: BTreeSet<u32> = policy.tokens().into_iter().collect();
    open.insert(start, tokens);
    let mut names = BTreeMap::new();
    while let Some((node, tokens)) = open.pop_first() {
        let insn = insns.get(node.at)?;
        let name = named(&mut names, node);
        if insn.code == bpf::RET {
            let action = Action::from_word(insn.k)?;
            let label = quoted(&action.to_string());
            let colour = colour(action);
            out.push_str(&format!(
                "    {name} [label={label}, shape=oval, fillcolor=\"{colour}\"];\n"
            ));
            continue;
        }
        let held = node.held?;
        let mut label = question(&held.to_string(), insn)?;
        if let Some(meaning) = meaning(held, insn, policy, &tokens) {
            label.push_str(&format!("\n{meaning}"));
        }
        out.push_str(&format!("    {name} [label={}];\n", quoted(&label)));
        for (edge, jump) in [("yes", insn.jt), ("no", insn.jf)] {
            let to = follow(insns, node.at + 1 + usize::from(jump), node.held, endian)?;
            let is_arch = held.word == Word::Arch && insn.code == bpf::JEQ;
            let possible = tokens
                .iter()
                .filter(|token| !is_arch || (**token == insn.k) == (edge == "yes"));
            open.entry(to).or_default().extend(possible);
            let to = named(&mut names, to);
            let style = if edge == "yes" { "solid" } else { "dashed" };
            out.push_str(&format!(
                "    {name} -> {to} [label=\"{edge}\", style={style}];\n"
            ));
        }
    }
    out.push_str("}\n");
    Some(out)
}

/// The test or answer that comes next. An answer is the same whatever is in the accumulator.
fn follow(
    insns: &[Insn],
    mut at: usize,
    mut held: Option<Operand>,
    endian: Endian,
) -> Option<Node> {
    loop {
        let insn = insns.get(at)?;
        held = Operand::after(held, insn, endian);
        match insn.code {
            bpf::LD | bpf::AND => at += 1,
            bpf::JA => at += 1 + insn.k as usize,
            bpf::RET => return Some(Node { at, held: None }),
            _ => return Some(Node { at, held }),
        }
    }
}

/// `n12`; a test that is reached with another word is `n12_1`.
fn named(names: &mut BTreeMap<usize, Vec<Node>>, node: Node) -> String {
    let same = names.entry(node.at).or_default();
    let place = same.iter().position(|known| *known == node);
    match place.unwrap_or(same.len()) {
        0 => {
            same.push(node);
            format!("n{}", node.at)
        }
        i => {
            format!("n{}_{i}", node.at)
        }
    }
}

/// The name of the number that is asked for, where all ABIs that come here agree on it.
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

/// Writes a string of the language; nothing in it begins an escape of graphviz's but a new line.
fn quoted(text: &str) -> String {
    let lines: Vec<String> = text
        .split('\n')
        .map(|line| plain(line).replace('\\', "\\\\").replace('"', "\\\""))
        .collect();
    format!("\"{}\"", lines.join("\\n"))
}

/// Green runs, red ends.
fn colour(action: Action) -> &'static str {
    match action {
        Action::Allow => "#b7e4c7",
        Action::Log => "#b8e0e8",
        Action::Notify | Action::Trace(_) => "#c7d2fe",
        Action::Errno(_) => "#fde68a",
        Action::Trap | Action::KillThread | Action::KillProcess => "#fca5a5",
    }
}
