//! The numbers of x32 → the node that decides them.
//!
//! x32 shares the audit token of x86_64; its numbers have bit 30 set. Most calls have the same
//! number on both ABIs except for this bit, and most profiles give them the same action. So it is
//! often cheapest to clear the bit and continue in a subtree of x86_64.

use super::tree::partition::Interval;
use super::tree::reuse::Subtrees;
use super::tree::{self, Prefer};
use crate::graph::{Graph, NodeId, Predicate};
use crate::linux::abi::X32_BIT;

/// Returns the intervals without and with the bit.
pub(super) fn split(intervals: &[Interval]) -> (&[Interval], &[Interval]) {
    intervals.split_at(intervals.partition_point(|interval| interval.start < X32_BIT))
}

/// Returns the node that decides the numbers with the bit: a tree of its own, or a mask and a jump
/// into `subtrees` if that is cheaper.
pub(super) fn solve(
    graph: &mut Graph,
    high: &[Interval],
    prefer: Prefer,
    subtrees: Option<&Subtrees>,
) -> NodeId {
    let plain = tree::solve(graph, high, u32::MAX, prefer, &Subtrees::default());
    let masked = subtrees.and_then(|subtrees| without_bit(graph, high, prefer, subtrees));
    masked
        .filter(|(_, cost)| *cost < plain.cost)
        .map_or(plain.node, |(node, _)| node)
}

/// Clears the bit in A, and decides the number by subtrees for numbers without it. Returns the node
/// and its cost.
fn without_bit(
    graph: &mut Graph,
    high: &[Interval],
    prefer: Prefer,
    subtrees: &Subtrees,
) -> Option<(NodeId, u64)> {
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
    let masked = graph.and(MASK, calls.node);
    let node = graph.test(Predicate::AtLeast(rest_start), rest.node, masked);
    // The JGE and the AND.
    let total: u64 = high.iter().map(|interval| interval.weight).sum();
    let both = 2 * (total + prefer.price(total, high.len()));
    Some((node, calls.cost + rest.cost + both))
}
