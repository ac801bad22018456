//! Graph → instructions.
//!
//! The program is written backwards: what a node leads to already has its place when the node is
//! written, so every distance is known at once. Only this file knows that a test reaches 255
//! instructions. What lies further away is brought near: an answer is written again, a test whose
//! own targets are near is written again (as long as a jump, but executed once less), and
//! anything else gets a JA.

use std::collections::HashMap;

use crate::bpf::{self, Insn, MAX_LEN};
use crate::graph::{Ask, Graph, Node, NodeId};
use crate::linux::abi::Endian;

/// The farthest a test can skip.
const REACH: usize = u8::MAX as usize;

/// The program would have more than [`MAX_LEN`] instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong;

/// Writes the program of a graph for a byte order.
///
/// # Errors
/// [`TooLong`].
pub fn assemble(graph: &Graph, root: NodeId, endian: Endian) -> Result<Vec<Insn>, TooLong> {
    let mut assembler = Assembler {
        graph,
        endian,
        reversed: Vec::new(),
        places: HashMap::new(),
        sizes: HashMap::new(),
    };
    assembler.write_all(root)?;
    let mut program = assembler.reversed;
    program.reverse();
    Ok(program)
}

struct Assembler<'a> {
    graph: &'a Graph,
    endian: Endian,
    /// The program so far, last instruction first.
    reversed: Vec<Insn>,
    /// The index in `reversed` of the nearest instruction of each node.
    places: HashMap<NodeId, usize>,
    sizes: HashMap<NodeId, usize>,
}

impl Assembler<'_> {
    /// Writes a node behind (that is, after) all that it leads to. A stack in place of recursion:
    /// the depth of a graph is the length of its longest chain of tests.
    fn write_all(&mut self, root: NodeId) -> Result<(), TooLong> {
        let mut stack = vec![(root, false)];
        while let Some((id, ready)) = stack.pop() {
            if self.places.contains_key(&id) {
                continue;
            }
            if ready {
                self.write(id);
                if self.reversed.len() > MAX_LEN {
                    return Err(TooLong);
                }
                continue;
            }
            stack.push((id, true));
            match self.graph.node(id) {
                Node::Return(_) => {}
                Node::Load(_, next) | Node::And(_, next) => stack.push((next, false)),
                Node::Test { yes, no, .. } => {
                    // The smaller side is written last and stands right behind the test.
                    let yes_first = self.size(yes) >= self.size(no);
                    let (first, last) = if yes_first { (yes, no) } else { (no, yes) };
                    stack.push((last, false));
                    stack.push((first, false));
                }
            }
        }
        Ok(())
    }

    fn write(&mut self, id: NodeId) {
        let insn = match self.graph.node(id) {
            Node::Return(action) => Insn::stmt(bpf::RET, action.word()),
            Node::Load(word, next) => {
                self.bring_next(next);
                Insn::stmt(bpf::LD, word.offset(self.endian))
            }
            Node::And(mask, next) => {
                self.bring_next(next);
                Insn::stmt(bpf::AND, mask)
            }
            Node::Test { ask, yes, no } => {
                // What is brought near moves the other side one further away.
                loop {
                    if self.distance(yes) > REACH {
                        self.bring(yes);
                    } else if self.distance(no) > REACH {
                        self.bring(no);
                    } else {
                        break;
                    }
                }
                self.test(ask, yes, no)
            }
        };
        self.push(id, insn);
    }

    /// The test of a node whose both sides are in reach from here.
    fn test(&self, ask: Ask, yes: NodeId, no: NodeId) -> Insn {
        let (code, k) = match ask {
            Ask::Equal(k) => (bpf::JEQ, k),
            Ask::AtLeast(k) => (bpf::JGE, k),
            Ask::AnyOf(k) => (bpf::JSET, k),
        };
        Insn::jump(code, k, self.distance(yes) as u8, self.distance(no) as u8)
    }

    /// How many instructions lie between the one that is written next and a node.
    fn distance(&self, id: NodeId) -> usize {
        self.reversed.len() - 1 - self.places[&id]
    }

    /// Makes a node stand right behind the one that is written next.
    fn bring_next(&mut self, id: NodeId) {
        if self.distance(id) > 0 {
            self.bring(id);
        }
    }

    /// Writes something that does what a far node does.
    fn bring(&mut self, id: NodeId) {
        let insn = match self.graph.node(id) {
            Node::Return(action) => Insn::stmt(bpf::RET, action.word()),
            Node::Test { ask, yes, no }
                if self.distance(yes) <= REACH && self.distance(no) <= REACH =>
            {
                self.test(ask, yes, no)
            }
            _ => Insn::stmt(bpf::JA, self.distance(id) as u32),
        };
        self.push(id, insn);
    }

    fn push(&mut self, id: NodeId, insn: Insn) {
        self.places.insert(id, self.reversed.len());
        self.reversed.push(insn);
    }

    /// How many instructions a node and all it leads to would take on their own.
    fn size(&mut self, id: NodeId) -> usize {
        let mut stack = vec![id];
        while let Some(&id) = stack.last() {
            let below = match self.graph.node(id) {
                Node::Return(_) => [None, None],
                Node::Load(_, next) | Node::And(_, next) => [Some(next), None],
                Node::Test { yes, no, .. } => [Some(yes), Some(no)],
            };
            let open = below
                .iter()
                .flatten()
                .find(|id| !self.sizes.contains_key(id));
            match open {
                Some(&open) => stack.push(open),
                None => {
                    let sum = below.iter().flatten().map(|id| self.sizes[id]);
                    self.sizes.insert(id, sum.fold(1, usize::saturating_add));
                    stack.pop();
                }
            }
        }
        self.sizes[&id]
    }
}
