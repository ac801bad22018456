//! The numbers of x32, which share the audit token of x86_64 and have bit 30 set.

use super::tree::partition::Run;
use super::tree::reuse::Subtrees;
use super::tree::{self, Prefer};
use crate::graph::{Graph, NodeId, Predicate};
use crate::linux::abi::X32_BIT;

/// Returns the runs without and with the bit.
pub(super) fn split(runs: &[Run]) -> (&[Run], &[Run]) {
    runs.split_at(runs.partition_point(|run| run.start < X32_BIT))
}

/// Returns the node that decides the numbers with the bit: by a tree of their own, or with the bit
/// removed by `subtrees` if that is cheaper.
pub(super) fn upper(
    graph: &mut Graph,
    high: &[Run],
    prefer: Prefer,
    subtrees: Option<&Subtrees>,
) -> NodeId {
    let plain = tree::solve(graph, high, u32::MAX, prefer, &Subtrees::default());
    let masked = subtrees.and_then(|subtrees| without_bit(graph, high, prefer, subtrees));
    masked
        .filter(|(_, cost)| *cost < plain.cost)
        .map_or(plain.node, |(node, _)| node)
}

/// Decides numbers with the bit by the number without it, as most calls have x86_64's number.
fn without_bit(
    graph: &mut Graph,
    high: &[Run],
    prefer: Prefer,
    subtrees: &Subtrees,
) -> Option<(NodeId, u64)> {
    const MASK: u32 = 0x3ff;
    // Behind the mask's range one tree decides, which begins with the run that reaches beyond it.
    let end = high.iter().rposition(|run| run.start <= X32_BIT + MASK)?;
    let (calls, rest) = high.split_at(end);
    let calls: Vec<Run> = calls
        .iter()
        .map(|run| Run {
            start: run.start - X32_BIT,
            ..*run
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
    // The test and the mask.
    let total: u64 = high.iter().map(|run| run.weight).sum();
    let both = 2 * (total + prefer.price(total, high.len()));
    Some((node, calls.cost + rest.cost + both))
}
