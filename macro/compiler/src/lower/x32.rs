//! The numbers of x32 → the node that decides them.
//!
//! x32 shares the audit token of x86_64; its numbers have bit 30 set. Most calls have the same
//! number on both ABIs except for this bit, and most profiles give them the same action. So it is
//! often cheapest to clear the bit and continue in a subtree of x86_64.

use super::tree::partition::Interval;
use super::tree::reuse::Subtrees;
use super::tree::{self, Prefer, Solution};
use crate::graph::{Graph, NodeId, Predicate};
use crate::linux::abi::X32_BIT;

/// Returns the intervals without and with the bit.
pub(super) fn split(intervals: &[Interval]) -> (&[Interval], &[Interval]) {
    intervals.split_at(intervals.partition_point(|interval| interval.start < X32_BIT))
}

/// Returns the tree of the numbers with the bit, for itself.
pub(super) fn plain(graph: &mut Graph, high: &[Interval], prefer: Prefer) -> Solution {
    tree::solve(graph, high, u32::MAX, prefer, &Subtrees::default())
}

/// Clears the bit in A, and decides the number by `subtrees` for numbers without it. Returns the
/// node, unless it costs as much as the plain tree.
pub(super) fn without_bit(
    graph: &mut Graph,
    high: &[Interval],
    prefer: Prefer,
    subtrees: &Subtrees,
    plain: &Solution,
) -> Option<NodeId> {
    const MASK: u32 = 0x3ff;
    // The interval that contains the largest masked number, and all after it, have a tree of their
    // own.
    let end = high
        .iter()
        .rposition(|interval| interval.start <= X32_BIT + MASK)?;
    let (calls, rest) = high.split_at(end);
    let calls: Vec<Interval> = calls
        .iter()
        .map(|interval| Interval {
            start: interval.start - X32_BIT,
            ..*interval
        })
        .collect();
    let rest_start = rest.first()?.start;
    if calls.is_empty() {
        return None;
    }
    let last = rest_start - X32_BIT - 1;
    let calls = tree::solve(graph, &calls, last, prefer, subtrees);
    let rest = tree::solve(graph, rest, u32::MAX, prefer, &Subtrees::default());
    // The JGE and the AND.
    let total: u64 = high.iter().map(|interval| interval.weight).sum();
    let both = 2 * (total + prefer.price(total, high.len()));
    if calls.cost + rest.cost + both >= plain.cost {
        return None;
    }
    let masked = graph.and(MASK, calls.node);
    Some(graph.test(Predicate::AtLeast(rest_start), rest.node, masked))
}
