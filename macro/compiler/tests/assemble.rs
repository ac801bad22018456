//! Random graphs, larger than a test can reach across: their programs go where the graphs go.
#![allow(missing_docs)]

use proptest::collection::vec;
use proptest::prelude::*;
use seccomp_profile_compiler::assemble::assemble;
use seccomp_profile_compiler::bpf::{self, Insn, JA};
use seccomp_profile_compiler::graph::{Graph, Node, NodeId, Predicate};
use seccomp_profile_compiler::linux::abi::Endian;
use seccomp_profile_compiler::linux::action::Action;
use seccomp_profile_compiler::linux::data::{SeccompData, Word};

/// What a node is, and which earlier nodes it leads to: so many back, as far as there are any.
#[derive(Clone, Copy, Debug)]
enum Step {
    Answer(u16),
    Load(u8, usize),
    And(u32, usize),
    Equal(u32, usize, usize),
    AtLeast(u32, usize, usize),
    AnyOf(u32, usize, usize),
}

fn step() -> impl Strategy<Value = Step> {
    let back = || prop_oneof![4 => Just(0usize), 2 => 0..8usize, 2 => 0..1000usize];
    let k = 0..8u32;
    prop_oneof![
        1 => (0..9u16).prop_map(Step::Answer),
        2 => (0..6u8, back()).prop_map(|(arg, next)| Step::Load(arg, next)),
        1 => (k.clone(), back()).prop_map(|(mask, next)| Step::And(mask, next)),
        4 => (k.clone(), back(), back()).prop_map(|(k, yes, no)| Step::Equal(k, yes, no)),
        4 => (k.clone(), back(), back()).prop_map(|(k, yes, no)| Step::AtLeast(k, yes, no)),
        2 => (k, back(), back()).prop_map(|(k, yes, no)| Step::AnyOf(k, yes, no)),
    ]
}

/// Builds the graph, the last step its root behind a load.
fn graph(steps: &[Step]) -> (Graph, NodeId) {
    let mut graph = Graph::default();
    let mut nodes = vec![graph.ret(Action::Allow)];
    for &step in steps {
        let back = |distance: usize| nodes[(nodes.len() - 1).saturating_sub(distance)];
        nodes.push(match step {
            Step::Answer(errno) => graph.ret(Action::Errno(errno)),
            Step::Load(arg, next) => graph.load(Word::ArgLow(arg), back(next)),
            Step::And(mask, next) => graph.and(mask, back(next)),
            Step::Equal(k, yes, no) => graph.test(Predicate::Equal(k), back(yes), back(no)),
            Step::AtLeast(k, yes, no) => graph.test(Predicate::AtLeast(k), back(yes), back(no)),
            Step::AnyOf(k, yes, no) => graph.test(Predicate::AnyOf(k), back(yes), back(no)),
        });
    }
    let root = graph.load(Word::ArgLow(0), nodes[nodes.len() - 1]);
    (graph, root)
}

/// Where a graph goes.
fn answer(graph: &Graph, mut at: NodeId, data: &SeccompData) -> u32 {
    let mut a = 0;
    loop {
        at = match graph.node(at) {
            Node::Return(action) => return action.word(),
            Node::Load(word, next) => {
                a = word.of(data);
                next
            }
            Node::And(mask, next) => {
                a &= mask;
                next
            }
            Node::Test { predicate, yes, no } => {
                let holds = match predicate {
                    Predicate::Equal(k) => a == k,
                    Predicate::AtLeast(k) => a >= k,
                    Predicate::AnyOf(k) => a & k != 0,
                };
                if holds { yes } else { no }
            }
        };
    }
}

fn jumps(insns: &[Insn]) -> usize {
    insns.iter().filter(|insn| insn.code == JA).count()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn programs_go_where_graphs_go(
        steps in vec(step(), 1..1500),
        args in vec(prop::array::uniform6(0..8u64), 40),
    ) {
        let (graph, root) = graph(&steps);
        // Of the largest graphs some are too long.
        if let Ok(insns) = assemble(&graph, root, Endian::Little) {
            for args in args {
                let data = SeccompData { args, ..SeccompData::default() };
                let run = bpf::run(&insns, &data, Endian::Little);
                prop_assert_eq!(run.map(|run| run.word), Ok(answer(&graph, root, &data)));
            }
        }
    }
}

/// A load that is away from tests by every distance: only a jump brings it near.
#[test]
fn far_loads_are_jumped_to() {
    let mut steps = vec![Step::Equal(1, 0, 1), Step::Answer(2), Step::Equal(3, 0, 2)];
    steps.push(Step::Load(1, 0));
    let load = steps.len();
    steps.push(Step::Answer(5));
    for k in 0..600 {
        steps.push(Step::Equal(1000 + k, steps.len() - load, 0));
    }
    let (graph, root) = graph(&steps);
    let insns = assemble(&graph, root, Endian::Big).expect("shorter than the kernel's most");
    assert!(jumps(&insns) > 0);
    for first in 990..1610 {
        for second in 0..4 {
            let data = SeccompData {
                args: [first, second, 0, 0, 0, 0],
                ..SeccompData::default()
            };
            let run = bpf::run(&insns, &data, Endian::Big).map(|run| run.word);
            assert_eq!(run, Ok(answer(&graph, root, &data)), "{first} {second}");
        }
    }
}
