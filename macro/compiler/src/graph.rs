//! The decision graph: what a program does, before it has an order.
//!
//! Equal nodes are one node (hash-consed), so equal decisions are found by comparing ids, and
//! whatever two calls have in common is compiled once. The constructors simplify as they build: a
//! test with equal sides is that side, and nothing is loaded for an answer that does not look.

use std::collections::HashMap;

use crate::linux::action::Action;
use crate::linux::data::Word;

/// A node of one [`Graph`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(u32);

/// One step of a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Node {
    /// The answer.
    Return(Action),
    /// A = the word.
    Load(Word, NodeId),
    /// A &= the mask.
    And(u32, NodeId),
    /// A question about A, and where to go on `yes` and `no`.
    Test {
        /// The question.
        ask: Ask,
        /// Where to go if it holds.
        yes: NodeId,
        /// Where to go if not.
        no: NodeId,
    },
}

/// A question about A.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ask {
    /// A == k?
    Equal(u32),
    /// A >= k, unsigned?
    AtLeast(u32),
    /// A & k != 0?
    AnyOf(u32),
}

/// All nodes of a program under construction; a node stands behind those it leads to.
#[derive(Debug, Default)]
pub struct Graph {
    nodes: Vec<Node>,
    /// The most steps from each node to an answer.
    depths: Vec<u32>,
    ids: HashMap<Node, NodeId>,
}

impl Graph {
    /// Returns what a node does.
    pub fn node(&self, id: NodeId) -> Node {
        self.nodes[id.0 as usize]
    }

    /// Returns the most steps that a node takes before the answer.
    pub fn depth(&self, id: NodeId) -> u32 {
        self.depths[id.0 as usize]
    }

    /// Returns the node that gives an answer.
    pub fn answer(&mut self, action: Action) -> NodeId {
        self.intern(Node::Return(action))
    }

    /// Returns the node that loads a word and goes on.
    pub fn load(&mut self, word: Word, next: NodeId) -> NodeId {
        match self.node(next) {
            Node::Return(_) | Node::Load(..) => next,
            _ => self.intern(Node::Load(word, next)),
        }
    }

    /// Returns the node that masks A and goes on.
    pub fn and(&mut self, mask: u32, next: NodeId) -> NodeId {
        match self.node(next) {
            Node::Return(_) | Node::Load(..) => next,
            _ => self.intern(Node::And(mask, next)),
        }
    }

    /// Returns the node that asks and goes on at `yes` or `no`.
    pub fn test(&mut self, ask: Ask, yes: NodeId, no: NodeId) -> NodeId {
        if yes == no {
            yes
        } else {
            self.intern(Node::Test { ask, yes, no })
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
