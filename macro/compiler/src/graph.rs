//! The decision graph: the steps of a program, before they have an order in memory.
//!
//! The graph is acyclic and hash-consed: equal nodes are one node. So equal decisions are found by
//! comparing ids, and what two calls have in common is compiled once. The constructors simplify:
//! a test with equal branches becomes that branch, and neither a load nor a mask is kept before a
//! node that does not use A.

use std::collections::HashMap;

use crate::linux::action::Action;
use crate::linux::data::Word;

/// A node of one [`Graph`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(u32);

/// One step of a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Node {
    /// Return the action.
    Return(Action),
    /// A = the word; continue at the node.
    Load(Word, NodeId),
    /// A &= the mask; continue at the node.
    And(u32, NodeId),
    /// Branch on A.
    Test {
        /// The condition of the branch.
        predicate: Predicate,
        /// The successor if the predicate is true.
        yes: NodeId,
        /// The successor if the predicate is false.
        no: NodeId,
    },
}

/// A predicate on A.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Predicate {
    /// A == k
    Equal(u32),
    /// A >= k, unsigned
    AtLeast(u32),
    /// A & k != 0
    AnyOf(u32),
}

impl Predicate {
    /// Returns whether the predicate is true of a value of A.
    pub fn holds(self, a: u32) -> bool {
        match self {
            Predicate::Equal(k) => a == k,
            Predicate::AtLeast(k) => a >= k,
            Predicate::AnyOf(k) => a & k != 0,
        }
    }
}

/// The nodes of one program; the successors of a node are always older than the node.
#[derive(Debug, Default)]
pub struct Graph {
    nodes: Vec<Node>,
    /// The length of the longest path from each node to a return.
    depths: Vec<u32>,
    ids: HashMap<Node, NodeId>,
}

impl NodeId {
    /// Returns the place of the node among all nodes of the graph.
    pub(crate) fn place(self) -> usize {
        self.0 as usize
    }
}

impl Graph {
    /// Returns the number of nodes.
    pub(crate) fn count(&self) -> usize {
        self.nodes.len()
    }

    /// Returns the node with this id.
    pub fn node(&self, id: NodeId) -> Node {
        self.nodes[id.place()]
    }

    /// Returns the number of steps before the return, on the longest path from a node.
    pub fn depth(&self, id: NodeId) -> u32 {
        self.depths[id.place()]
    }

    /// Returns the node that returns an action.
    pub fn ret(&mut self, action: Action) -> NodeId {
        self.intern(Node::Return(action))
    }

    /// Returns the node that loads a word and continues at `next`.
    pub fn load(&mut self, word: Word, next: NodeId) -> NodeId {
        match self.node(next) {
            Node::Return(_) | Node::Load(..) => next,
            _ => self.intern(Node::Load(word, next)),
        }
    }

    /// Returns the node that masks A and continues at `next`.
    pub fn and(&mut self, mask: u32, next: NodeId) -> NodeId {
        match self.node(next) {
            Node::Return(_) | Node::Load(..) => next,
            _ => self.intern(Node::And(mask, next)),
        }
    }

    /// Returns the node that branches to `yes` or `no`.
    pub fn test(&mut self, predicate: Predicate, yes: NodeId, no: NodeId) -> NodeId {
        if yes == no {
            yes
        } else {
            self.intern(Node::Test { predicate, yes, no })
        }
    }

    fn intern(&mut self, node: Node) -> NodeId {
        let next = NodeId(self.nodes.len() as u32);
        let id = *self.ids.entry(node).or_insert(next);
        if id == next {
            self.depths.push(match node {
                Node::Return(_) => 0,
                Node::Load(_, next) | Node::And(_, next) => 1 + self.depth(next),
                Node::Test { yes, no, .. } => 1 + self.depth(yes).max(self.depth(no)),
            });
            self.nodes.push(node);
        }
        id
    }
}
