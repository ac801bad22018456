//! Partition of the native numbers → its tree for the best of several guesses of the weights.
//!
//! A program has four *columns*: its length, its longest path, the mean number of steps over all
//! calls, and the mean over hot calls. Trees are tried in this order:
//!
//! 1. The first guess.
//! 2. The second guess, which favours hot calls. It is taken if hot calls gain, the mean loses at most
//!    1 %, and no other column loses.
//! 3. If the tree is longer than a list of JEQ, which happens for short lists of calls: a guess with
//!    little difference between calls and with rising prices of an instruction, until the tree is
//!    as short. Then prices between the last two, for the mean.
//! 4. Otherwise every other guess. A tree is taken if it is better than the best so far in some
//!    column, and not worse in any.
//! 5. The tree of 4 with forks, all of them or one after the other. Forks are taken under the same
//!    condition. If other ABIs may jump into the tree, it must also become shorter, as they find fewer
//!    subtrees in it.
//!
//! Arguments count as 0. What a call executes before and after the tree is the same for all guesses.

use super::native::{Columns, Native};
use super::tree::partition::Interval;
use super::tree::reuse::Subtrees;
use super::tree::{Solution, Solver, Table};
use crate::graph::{Graph, NodeId};
use crate::linux::abi::{Abi, X32_BIT};
use crate::options::weights::{GUESSES, Guess, SHORT};

/// A tree may have this many tests more than a list of JEQ.
const MORE_THAN_JEQ: u64 = 2;
/// What the price of an instruction is multiplied by until the tree is short enough.
const RISING: [u64; 6] = [3, 6, 12, 24, 48, 96];
/// How many prices between the last two are tried.
const BETWEEN: usize = 2;

/// Returns the best tree for the numbers of the target. `intervals` are merged; with the target
/// x86_64 the last one has all numbers with the x32 bit. `default` is the default action; `is_shared`
/// says whether other ABIs may jump into the tree.
pub(super) fn best(
    graph: &mut Graph,
    target: Abi,
    intervals: &[Interval],
    solver: &Solver,
    (default, is_shared): (NodeId, bool),
) -> Solution {
    let native = Native::new(graph, target, intervals);
    let attempt = |guess: &Guess, times: u64| {
        let (weights, price) = native.weights(guess, times);
        let tree = solver.solve(weights, price, &Subtrees::default());
        let columns = native.of_shape(&tree.shape());
        (tree, columns)
    };
    let [first, favouring_hot, others @ ..] = &GUESSES;
    let (mut best, mut columns) = attempt(first, 1);
    let mut by = first;
    let (tree, other) = attempt(favouring_hot, 1);
    if other.is_better_for_hot(&columns) {
        (best, columns, by) = (tree, other, favouring_hot);
    }
    let limit = one_by_one(intervals, default).saturating_add(MORE_THAN_JEQ);
    if u64::from(columns.tests) > limit {
        return as_short(limit, |times| attempt(&SHORT, times)).build(graph);
    }
    for guess in others {
        let (tree, other) = attempt(guess, 1);
        if other.dominates(&columns) {
            (best, columns, by) = (tree, other, guess);
        }
    }
    let plain = best.build(graph);
    let forks = best.fork(graph, &native.calls(by));
    let better = |graph: &mut Graph, tree: &Table, than: &Columns| {
        let forked = tree.build(graph);
        let columns = native.of_tree(graph, forked.node, &tree.shape());
        let better = columns.dominates(than) && (!is_shared || columns.tests < than.tests);
        better.then_some((forked, columns))
    };
    if let Some((forked, _)) = better(graph, &best, &columns) {
        return forked;
    }
    for fork in &forks {
        best.set_fork(fork, false);
    }
    let mut tree = plain;
    for fork in &forks {
        best.set_fork(fork, true);
        match better(graph, &best, &columns) {
            Some(forked) => (tree, columns) = forked,
            None => best.set_fork(fork, false),
        }
    }
    tree
}

/// Returns a tree with at most `limit` tests, if some price gives one.
fn as_short<'a>(limit: u64, attempt: impl Fn(u64) -> (Table<'a>, Columns)) -> Table<'a> {
    let fits = |columns: &Columns| u64::from(columns.tests) <= limit;
    let mut too_low = 1;
    let mut high = RISING[0];
    let (mut best, mut columns) = attempt(high);
    for &times in &RISING[1..] {
        if fits(&columns) {
            break;
        }
        (too_low, high) = (high, times);
        (best, columns) = attempt(high);
    }
    for _ in 0..BETWEEN {
        let middle = (too_low + high) / 2;
        let (tree, other) = attempt(middle);
        if !fits(&other) {
            too_low = middle;
            continue;
        }
        high = middle;
        if other.all < columns.all || !fits(&columns) {
            (best, columns) = (tree, other);
        }
    }
    best
}

/// Returns the number of tests of a list with one JEQ for each number that has not the default
/// answer, and of the test for x32.
fn one_by_one(intervals: &[Interval], default: NodeId) -> u64 {
    let mut tests = 0;
    for (at, interval) in intervals.iter().enumerate() {
        let end = intervals
            .get(at + 1)
            .map_or(u32::MAX, |next| next.start - 1);
        if interval.start == X32_BIT {
            tests += 1;
        } else if interval.node != default {
            tests += u64::from(end - interval.start) + 1;
        }
    }
    tests
}
