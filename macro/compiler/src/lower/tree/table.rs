//! Partition and weights → the memo table of the recurrence in [`tree`](super).

use super::MAX_INTERVALS;
use super::candidate::Jsets;
use super::chain::Chains;
use super::jset::Jset;
use super::partition::{Partition, Weights};
use super::reuse::Subtrees;
use crate::graph::NodeId;

/// How far the best split of a segment can be from those of the segments with one interval less.
const SLACK: usize = 3;

/// The root of the cheapest tree for a segment.
#[derive(Clone, Copy, Debug)]
pub(super) enum Choice {
    /// No test: the segment has one interval.
    Constant,
    /// JGE at the start of the interval after this one.
    Split(usize),
    /// A chain with this target.
    Chain(NodeId),
    /// JSET, and after it a JEQ for each exception: one of the segment's [`Jsets`].
    Jset(usize),
    /// A jump to this subtree of another partition, with its depth.
    Reuse(NodeId, u64),
    /// See [`fork`](super::fork).
    Fork(Fork),
}

/// A JSET with a tree on each side, which decides a segment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fork {
    pub(super) node: NodeId,
    /// The number of its tests.
    pub(super) tests: u32,
    /// The largest number of tests on a path.
    pub(super) depth: u32,
}

/// The memo table of the recurrence, `n` by `n`; the entry of `i..=j` is at `i * n + j`.
pub(in crate::lower) struct Table<'a> {
    pub(super) partition: &'a Partition,
    pub(super) jsets: &'a Jsets,
    pub(super) weights: Weights,
    pub(super) price: u64,
    /// The cost of each segment. The transposed entry has it too, so that the inner loop reads both
    /// of its operands from rows.
    pub(super) cost: Vec<u64>,
    /// The root of each segment's tree, by its ends. The rows are arrays, because these are copied
    /// at once, and elements of a `Vec` are cloned one by one.
    pub(super) choice: Vec<[Choice; MAX_INTERVALS]>,
}

impl<'a> Table<'a> {
    pub(super) fn new(
        partition: &'a Partition,
        jsets: &'a Jsets,
        weights: Weights,
        price: u64,
        reusable: &Subtrees,
    ) -> Table<'a> {
        let n = partition.len();
        let mut costs = vec![0; n * n];
        let mut choices = vec![[Choice::Constant; MAX_INTERVALS]; n];
        // The best split of the segment that begins at the current interval or the one after it,
        // by the end of the segment.
        let mut splits = vec![0; n];
        // An index into a slice is cheap; an index into a `Vec` is a call.
        let (cost, choice) = (&mut costs[..], &mut choices[..]);
        let split_of = &mut splits[..];
        let weight_before = &weights.before[..];
        let agreement = reusable.agreement(partition);
        let mut i = n;
        while i > 0 {
            i -= 1;
            split_of[i] = i;
            let agreed = agreement[i];
            let last_jset = jsets.last(i);
            let mut chains = Chains::new(partition, &weights, i);
            let mut j = i + 1;
            while j < n {
                let weight = weight_before[j + 1] - weight_before[i];
                // No tree of a segment costs less than one test.
                let one_test = weight + price;
                let jsets_here: &[Jset] = if j <= last_jset { jsets.of(i, j) } else { &[] };
                let (mut best, mut root) = (u64::MAX, Choice::Constant);
                if !chains.are_over() {
                    chains.extend(j);
                    if let Some(chain) = chains.best(price) {
                        (best, root) = (chain.cost(price), Choice::Chain(chain.target));
                    }
                }
                // Of two intervals a JGE is easier to read.
                let is_pair = j == i + 1;
                if best > one_test
                    && !is_pair
                    && jsets_here.first().is_some_and(|jset| jset.tests() == 1)
                {
                    (best, root) = (one_test, Choice::Jset(0));
                }
                if best > one_test {
                    let near = (split_of[j - 1], split_of[j]);
                    let (k, below) = cheapest_split(cost, n, (i, j), near);
                    split_of[j] = k;
                    if one_test + below < best {
                        (best, root) = (one_test + below, Choice::Split(k));
                    }
                    let mut at = 0;
                    while at < jsets_here.len() {
                        let jset = &jsets_here[at];
                        // A lower bound: every value of the segment executes the JSET.
                        if weight + price * jset.tests() < best {
                            let by_jset =
                                jset.executed(partition, &weights, i, j) + price * jset.tests();
                            if by_jset < best {
                                (best, root) = (by_jset, Choice::Jset(at));
                            }
                        }
                        at += 1;
                    }
                } else {
                    split_of[j] = split_of[j - 1];
                }
                if agreed.is_some() && agreed >= Some(partition.ends[j]) {
                    let ends = (partition.starts[i], partition.ends[j]);
                    if let Some(subtree) = reusable.smallest(ends.0, ends.1) {
                        let executed = weight * subtree.depth;
                        if executed < best {
                            (best, root) = (executed, Choice::Reuse(subtree.node, subtree.depth));
                        }
                    }
                }
                cost[i * n + j] = best;
                cost[j * n + i] = best;
                choice[i][j] = root;
                j += 1;
            }
        }
        Table {
            partition,
            jsets,
            weights,
            price,
            cost: costs,
            choice: choices,
        }
    }
}

/// Returns the k with the least cost(i, k) + cost(k + 1, j), and these costs. `near` are the best
/// splits of i..=j-1 and i+1..=j.
fn cheapest_split(
    cost: &[u64],
    n: usize,
    (i, j): (usize, usize),
    near: (usize, usize),
) -> (usize, u64) {
    let left = &cost[i * n..(i + 1) * n];
    // Shifted by one, so that cost(k + 1, j) is at k.
    let right = &cost[j * n + 1..(j + 1) * n];
    let mut k = near.0.min(near.1).saturating_sub(SLACK).max(i);
    let end = (near.0.max(near.1) + SLACK + 1).min(j);
    let mut best = u64::MAX;
    let mut at = k;
    while k < end {
        let below = left[k] + right[k];
        if below < best {
            best = below;
            at = k;
        }
        k += 1;
    }
    (at, best)
}
