//! Tree of a partition → the same tree with better subtrees: a *fork* is a JSET with a tree on each
//! side.
//!
//! On each side of a mask some values are missing. Intervals with the same continuation become
//! neighbours there, and merge, so that both sides together can have fewer intervals than the segment.
//! To try this for all segments would take a table for each mask and side. So it is tried only for the
//! segments of the tree that is the cheapest without forks, from its leaves to its root.

use super::Solver;
use super::mask::{first_from, last_to, varying};
use super::partition::Partition;
use super::reuse::Subtrees;
use super::table::{Choice, Fork, Table};
use crate::graph::{Graph, Predicate};

/// Smaller segments have no better tree.
const FEWEST: usize = 5;
/// In larger segments a mask leaves too many intervals on both sides.
const MOST: usize = 28;
/// A mask has one or two of this many low bits. A JGE does as well as a mask of higher bits.
const BITS: u32 = 6;

/// A subtree for which there is a cheaper fork.
pub(in crate::lower) struct Forked {
    segment: (usize, usize),
    plain: Choice,
    fork: Choice,
}

/// A segment, and the numbers and weights of the calls in it, sorted by number.
#[derive(Clone, Copy)]
struct Segment<'a> {
    partition: &'a Partition,
    first: usize,
    last: usize,
    calls: &'a [(u32, u64)],
}

impl Table<'_> {
    /// Replaces subtrees by forks where that is cheaper, and returns them. `calls` has the numbers
    /// and weights of all calls, sorted by number.
    pub(in crate::lower) fn fork(
        &mut self,
        graph: &mut Graph,
        calls: &[(u32, u64)],
    ) -> Vec<Forked> {
        let mut forked = Vec::new();
        let segment = Segment {
            partition: self.partition,
            first: 0,
            last: self.partition.len() - 1,
            calls,
        };
        self.fork_segment(graph, segment, &mut forked);
        forked
    }

    /// Has a subtree as a fork, or as it was.
    pub(in crate::lower) fn set_fork(&mut self, forked: &Forked, is_fork: bool) {
        let (i, j) = forked.segment;
        self.choice[i][j] = if is_fork { forked.fork } else { forked.plain };
    }

    fn fork_segment(&mut self, graph: &mut Graph, segment: Segment<'_>, forked: &mut Vec<Forked>) {
        let (n, (i, j)) = (self.partition.len(), (segment.first, segment.last));
        let one_test = self.weights.of(i, j) + self.price;
        if let Choice::Split(k) = self.choice[i][j] {
            let (low, high) = segment.split(k);
            self.fork_segment(graph, low, forked);
            self.fork_segment(graph, high, forked);
            let below = self.cost[i * n + k] + self.cost[(k + 1) * n + j];
            self.cost[i * n + j] = one_test + below;
        }
        if !(FEWEST..=MOST).contains(&(j - i + 1)) {
            return;
        }
        let varying = varying(self.partition.starts[i], self.partition.ends[j]);
        let plain = self.choice[i][j];
        let mut cheapest = None;
        for mask in masks().filter(|mask| mask & !varying == 0) {
            if let Some((cost, fork)) = self.cheaper_fork(graph, segment, mask) {
                self.cost[i * n + j] = cost;
                cheapest = Some(Choice::Fork(fork));
            }
        }
        if let Some(fork) = cheapest {
            self.choice[i][j] = fork;
            forked.push(Forked {
                segment: (i, j),
                plain,
                fork,
            });
        }
    }

    /// Returns the fork of a segment by a mask and its cost, if it is cheaper than the subtree.
    fn cheaper_fork(
        &self,
        graph: &mut Graph,
        segment: Segment<'_>,
        mask: u32,
    ) -> Option<(u64, Fork)> {
        let [clear, set] = segment.sides(mask)?;
        let (i, j) = (segment.first, segment.last);
        let mut left = self.cost[i * self.partition.len() + j];
        let one_test = self.weights.of(i, j) + self.price;
        let none = Subtrees::default();
        let weights = segment.weights(&clear, mask, false);
        let clear = Solver::of(clear);
        let clear = clear.solve(weights, self.price, &none);
        let cost = one_test + clear.root_cost();
        if cost >= left {
            return None;
        }
        left -= cost;
        let weights = segment.weights(&set, mask, true);
        let set = Solver::of(set);
        let set = set.solve(weights, self.price, &none);
        (set.root_cost() < left).then(|| {
            (
                cost + set.root_cost(),
                Fork::new(graph, mask, [&clear, &set]),
            )
        })
    }
}

impl Fork {
    fn new(graph: &mut Graph, mask: u32, sides: [&Table; 2]) -> Fork {
        let nodes = sides.map(|side| side.build(graph).node);
        let (mut tests, mut depth) = (1, 0);
        for side in sides {
            let shape = side.shape();
            tests += shape.tests;
            for of_interval in shape.depths {
                depth = depth.max(of_interval);
            }
        }
        let [clear, set] = nodes;
        Fork {
            node: graph.test(Predicate::AnyOf(mask), set, clear),
            tests,
            depth: depth + 1,
        }
    }
}

impl<'a> Segment<'a> {
    /// Returns the segments up to an interval and after it.
    fn split(self, k: usize) -> (Segment<'a>, Segment<'a>) {
        let after = self.partition.starts[k + 1];
        let low = self.calls.partition_point(|(nr, _)| *nr < after);
        let (low, high) = self.calls.split_at(low);
        let low = Segment {
            last: k,
            calls: low,
            ..self
        };
        let high = Segment {
            first: k + 1,
            calls: high,
            ..self
        };
        (low, high)
    }

    /// Returns the partitions of the values on the clear and on the set side of a mask, if both
    /// together have fewer intervals than the segment.
    fn sides(self, mask: u32) -> Option<[Partition; 2]> {
        if !self.has_fewer(mask) {
            return None;
        }
        Some([false, true].map(|set| self.side(mask, set)))
    }

    /// Returns whether both sides together have fewer intervals than the segment, and neither is
    /// empty. This is what most of the search does, so it compares as little as it can.
    fn has_fewer(self, mask: u32) -> bool {
        let (starts, ends) = (&self.partition.starts[..], &self.partition.ends[..]);
        let nodes = &self.partition.nodes[..];
        // What may still be used up of the intervals of the segment, less one.
        let mut left = self.last - self.first;
        let (mut clear, mut set) = (None, None);
        let mut interval = self.first;
        while interval <= self.last {
            let (start, end, node) = (starts[interval], ends[interval], nodes[interval]);
            interval += 1;
            let is_set = start & mask != 0;
            let both = start != end && {
                let other = first_from(start, mask, !is_set);
                other.is_some_and(|other| other <= end)
            };
            if (is_set || both) && set != Some(node) {
                if left == 0 {
                    return false;
                }
                left -= 1;
                set = Some(node);
            }
            if (!is_set || both) && clear != Some(node) {
                if left == 0 {
                    return false;
                }
                left -= 1;
                clear = Some(node);
            }
        }
        clear.is_some() && set.is_some()
    }

    /// Returns the partition of the values on one side of a mask. The values between two of its
    /// intervals are on the other side.
    fn side(self, mask: u32, set: bool) -> Partition {
        let (mut starts, mut ends, mut nodes) = (Vec::new(), Vec::new(), Vec::new());
        let whole = self.partition;
        let mut interval = self.first;
        while interval <= self.last {
            let start = first_from(whole.starts[interval], mask, set);
            let end = last_to(whole.ends[interval], mask, set);
            let node = whole.nodes[interval];
            interval += 1;
            let (Some(start), Some(end)) = (start, end) else {
                continue;
            };
            if start > end {
                continue;
            }
            if nodes.last() == Some(&node) {
                ends.pop();
            } else {
                starts.push(start);
                nodes.push(node);
            }
            ends.push(end);
        }
        Partition {
            starts: starts.into(),
            ends: ends.into(),
            nodes: nodes.into(),
        }
    }

    /// Returns the weights of the intervals of one side.
    fn weights(self, side: &Partition, mask: u32, set: bool) -> Vec<u64> {
        let mut weights = vec![0; side.len()];
        let mut interval = 0;
        let mut at = 0;
        while at < self.calls.len() {
            let (nr, weight) = self.calls[at];
            at += 1;
            if (nr & mask != 0) == set {
                while interval + 1 < side.len() && side.starts[interval + 1] <= nr {
                    interval += 1;
                }
                weights[interval] += weight;
            }
        }
        weights
    }
}

/// Returns all masks, each once.
fn masks() -> impl Iterator<Item = u32> {
    let bits = |low: u32| (low..BITS).map(move |high| 1 << low | 1 << high);
    (0..BITS).flat_map(bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_have_one_or_two_bits() {
        let all: Vec<u32> = (1..1_u32 << BITS)
            .filter(|mask| mask.count_ones() <= 2)
            .collect();
        let mut masks: Vec<u32> = masks().collect();
        masks.sort_unstable();
        assert_eq!(masks, all);
    }
}
