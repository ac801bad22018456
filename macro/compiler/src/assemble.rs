//! Graph → instructions.
//!
//! Every instruction of a node comes after (at a higher address than) the node that jumps to it,
//! because classic BPF only jumps forward. The program is therefore emitted backwards, from the
//! last instruction to the first: the successors of a node are already emitted when the node is,
//! so that every jump distance is known at once.
//!
//! A conditional jump skips at most 255 instructions; only this file knows that. If a successor is
//! farther away, the assembler emits an equivalent instruction close to the jump:
//! - a second RET, if the successor is a return;
//! - a second copy of the test, if the successor is a test and both of its targets are in reach.
//!   This is as long as a JA, but one instruction less is executed;
//! - a JA to the successor in all other cases.
//!
//! A *position* is an index in `reversed`, where the last instruction of the program has index 0.

use crate::bpf::{self, Insn, MAX_LEN};
use crate::graph::{Graph, Node, NodeId, Predicate};
use crate::linux::abi::Endian;

/// The largest number of instructions that a conditional jump can skip.
const REACH: usize = u8::MAX as usize;

/// The program would have more than [`MAX_LEN`] instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong;

/// Emits the program of a graph for a byte order.
///
/// # Errors
/// [`TooLong`].
pub fn assemble(graph: &Graph, root: NodeId, endian: Endian) -> Result<Vec<Insn>, TooLong> {
    let mut assembler = Assembler {
        graph,
        endian,
        reversed: Vec::new(),
        positions: vec![None; graph.count()],
        sizes: vec![None; graph.count()],
    };
    assembler.emit_all(root)?;
    let mut program = assembler.reversed;
    program.reverse();
    Ok(program)
}

struct Assembler<'a> {
    graph: &'a Graph,
    endian: Endian,
    /// The program so far, last instruction first.
    reversed: Vec<Insn>,
    /// By node: the position of the first instruction that does what the node does. Of several, it is
    /// the one that was emitted last, which is the closest to the instruction emitted next.
    positions: Vec<Option<usize>>,
    /// See [`size`](Assembler::size).
    sizes: Vec<Option<usize>>,
}

impl Assembler<'_> {
    /// Emits all nodes, each one after its successors. The stack replaces recursion, because a
    /// graph can be as deep as its longest chain of tests.
    fn emit_all(&mut self, root: NodeId) -> Result<(), TooLong> {
        let mut stack = vec![(root, false)];
        while let Some((id, successors_emitted)) = stack.pop() {
            if self.positions[id.place()].is_some() {
                continue;
            }
            if successors_emitted {
                self.emit(id);
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
                    // The smaller branch is emitted last, and so directly follows the test.
                    let yes_first = self.size(yes) >= self.size(no);
                    let (first, last) = if yes_first { (yes, no) } else { (no, yes) };
                    stack.push((last, false));
                    stack.push((first, false));
                }
            }
        }
        Ok(())
    }

    fn emit(&mut self, id: NodeId) {
        let insn = match self.graph.node(id) {
            Node::Return(action) => Insn::stmt(bpf::RET, action.word()),
            Node::Load(word, next) => {
                self.make_adjacent(next);
                Insn::stmt(bpf::LD, word.offset(self.endian))
            }
            Node::And(mask, next) => {
                self.make_adjacent(next);
                Insn::stmt(bpf::AND, mask)
            }
            Node::Test { predicate, yes, no } => {
                // Each emitted instruction increases the distance to the other branch by one.
                loop {
                    if self.distance(yes) > REACH {
                        self.duplicate(yes);
                    } else if self.distance(no) > REACH {
                        self.duplicate(no);
                    } else {
                        break;
                    }
                }
                self.test(predicate, yes, no)
            }
        };
        self.push(id, insn);
    }

    /// Returns the conditional jump of a test, both branches of which are in reach.
    fn test(&self, predicate: Predicate, yes: NodeId, no: NodeId) -> Insn {
        let (code, k) = match predicate {
            Predicate::Equal(k) => (bpf::JEQ, k),
            Predicate::AtLeast(k) => (bpf::JGE, k),
            Predicate::AnyOf(k) => (bpf::JSET, k),
        };
        Insn::jump(code, k, self.distance(yes) as u8, self.distance(no) as u8)
    }

    /// Returns how many instructions a jump to a node skips, if the jump is emitted next.
    fn distance(&self, id: NodeId) -> usize {
        match self.positions[id.place()] {
            Some(position) => self.reversed.len() - 1 - position,
            // Every successor is emitted before; a jump of 0 would be found by the verifier.
            None => 0,
        }
    }

    /// Lets a node directly follow the instruction that is emitted next.
    fn make_adjacent(&mut self, id: NodeId) {
        if self.distance(id) > 0 {
            self.duplicate(id);
        }
    }

    /// Emits an instruction that does what an emitted node does.
    fn duplicate(&mut self, id: NodeId) {
        let insn = match self.graph.node(id) {
            Node::Return(action) => Insn::stmt(bpf::RET, action.word()),
            Node::Test { predicate, yes, no }
                if self.distance(yes) <= REACH && self.distance(no) <= REACH =>
            {
                self.test(predicate, yes, no)
            }
            _ => Insn::stmt(bpf::JA, self.distance(id) as u32),
        };
        self.push(id, insn);
    }

    fn push(&mut self, id: NodeId, insn: Insn) {
        self.positions[id.place()] = Some(self.reversed.len());
        self.reversed.push(insn);
    }

    /// Returns how many instructions a node and its successors would need if no node were shared.
    fn size(&mut self, id: NodeId) -> usize {
        if let Some(size) = self.sizes[id.place()] {
            return size;
        }
        let mut stack = vec![id];
        while let Some(&id) = stack.last() {
            let mut sum = 1_usize;
            let mut unknown = None;
            let mut add = |successor: NodeId| match self.sizes[successor.place()] {
                Some(size) => sum = sum.saturating_add(size),
                None => unknown = Some(successor),
            };
            match self.graph.node(id) {
                Node::Return(_) => {}
                Node::Load(_, next) | Node::And(_, next) => add(next),
                Node::Test { yes, no, .. } => {
                    add(yes);
                    add(no);
                }
            }
            match unknown {
                Some(successor) => stack.push(successor),
                None => {
                    self.sizes[id.place()] = Some(sum);
                    stack.pop();
                }
            }
        }
        self.sizes[id.place()].unwrap_or(1)
    }
}
