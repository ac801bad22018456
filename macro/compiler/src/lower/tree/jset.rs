//! Blocks of a partition that one JSET decides.
//!
//! If two continuations are told apart by some bits (set in every value of one, clear in every
//! value of the other), one test decides however many runs there are. A few single values may be
//! exceptions, for one JEQ each on the side where they stand.
//!
//! For blocks that begin at one run and grow, a candidate that has failed never holds again: its
//! mask only loses bits that its values could have. So few are alive at a time.

use super::partition::Partition;
use crate::graph::NodeId;

/// More exceptions are better decided by a tree.
const MOST_EXCEPTIONS: usize = 3;
/// Blocks longer than this are not searched for exceptions.
const LONGEST_WITH_EXCEPTIONS: usize = 24;

/// Lines of no real profile keep more candidates alive.
const MOST_ALIVE: usize = 64;

/// A JSET that decides a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Jset {
    pub(super) mask: u32,
    pub(super) set: NodeId,
    pub(super) clear: NodeId,
    exceptions: Exceptions,
}

/// Runs of one value that are asked for by themselves, in their order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Exceptions {
    runs: [usize; MOST_EXCEPTIONS],
    count: usize,
}

/// The candidates for blocks from one run on.
pub(super) struct Candidates<'a> {
    partition: &'a Partition<'a>,
    first: usize,
    alive: Vec<Candidate>,
    /// Those of the block before; kept as a buffer.
    before: Vec<Candidate>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Candidate {
    /// Not known before a run of its kind is met.
    set: Option<NodeId>,
    clear: Option<NodeId>,
    exceptions: Exceptions,
    /// The bits of all values of the clear side.
    used: u32,
    mask: u32,
}

impl Exceptions {
    /// One for each, and the JSET.
    fn tests(&self) -> u64 {
        1 + self.count as u64
    }

    fn contains(&self, run: usize) -> bool {
        let mut at = 0;
        while at < self.count {
            if self.runs[at] == run {
                return true;
            }
            at += 1;
        }
        false
    }

    fn with(mut self, run: usize) -> Option<Exceptions> {
        *self.runs.get_mut(self.count)? = run;
        self.count += 1;
        Some(self)
    }
}

impl<'a> Candidates<'a> {
    /// Begins with the block of one run.
    pub(super) fn new(partition: &'a Partition<'a>, first: usize) -> Candidates<'a> {
        let none = Candidate {
            set: None,
            clear: None,
            exceptions: Exceptions::default(),
            used: 0,
            mask: 0,
        };
        let mut candidates = Candidates {
            partition,
            first,
            alive: vec![none],
            before: Vec::new(),
        };
        candidates.extend(first);
        candidates
    }

    /// Adds the run `last` to the block, which then ends there.
    pub(super) fn extend(&mut self, last: usize) {
        let partition = self.partition;
        let node = Some(partition.nodes[last]);
        let bits = any_bit(partition.starts[last], partition.ends[last]);
        std::mem::swap(&mut self.alive, &mut self.before);
        self.alive.clear();
        let mut at = 0;
        while at < self.before.len() {
            let candidate = self.before[at];
            at += 1;
            let grown = Candidate {
                clear: node,
                used: candidate.used | bits,
                ..candidate
            };
            let other = Candidate {
                set: node,
                ..candidate
            };
            let free = if candidate.clear == node {
                self.keep(grown, last) && grown.used == candidate.used
            } else if candidate.set == node {
                self.keep(other, last)
            } else {
                // A continuation that is new to the candidate can still be its other side.
                if candidate.clear.is_none() {
                    self.keep(grown, last);
                }
                if candidate.set.is_none() {
                    self.keep(other, last);
                }
                false
            };
            // What fits at no price is never better asked for by itself.
            if !free {
                self.keep_but(candidate, &[last], last);
            }
        }
    }

    /// Keeps a candidate if its mask tells its sides apart; values that stand on the wrong side
    /// become exceptions. Returns whether none did.
    fn keep(&mut self, candidate: Candidate, last: usize) -> bool {
        let partition = self.partition;
        let mask = self.mask(candidate, last);
        let mut wrong = [0; MOST_EXCEPTIONS];
        let mut count = 0;
        if candidate.set.is_some() {
            // As long as the clear side has no new bits, only the new run is in doubt.
            let same = mask & candidate.mask == candidate.mask && candidate.mask != 0;
            let mut run = if same { last } else { self.first };
            while run <= last {
                if Some(partition.nodes[run]) == candidate.set
                    && !candidate.exceptions.contains(run)
                {
                    if let Some(value) = next_without(partition.starts[run], mask) {
                        if value <= partition.ends[run] {
                            if count == MOST_EXCEPTIONS {
                                return false;
                            }
                            wrong[count] = run;
                            count += 1;
                        }
                    }
                }
                run += 1;
            }
        }
        if count > 0 {
            self.keep_but(candidate, &wrong[..count], last);
            return false;
        }
        self.alive.push(Candidate { mask, ..candidate });
        true
    }

    /// Keeps a candidate with some more exceptions.
    fn keep_but(&mut self, candidate: Candidate, runs: &[usize], last: usize) {
        if last - self.first > LONGEST_WITH_EXCEPTIONS || self.alive.len() >= MOST_ALIVE {
            return;
        }
        let mut exceptions = candidate.exceptions;
        for &run in runs {
            if self.partition.starts[run] != self.partition.ends[run] {
                return;
            }
            match exceptions.with(run) {
                Some(more) => exceptions = more,
                None => return,
            }
        }
        let candidate = Candidate {
            exceptions,
            ..candidate
        };
        let candidate = Candidate {
            mask: self.mask(candidate, last),
            ..candidate
        };
        if !self.alive.contains(&candidate) {
            self.alive.push(candidate);
        }
    }

    /// All bits that a value of the block up to `last` can have and none of the clear side has.
    fn mask(&self, candidate: Candidate, last: usize) -> u32 {
        !candidate.used & any_bit(self.partition.starts[self.first], self.partition.ends[last])
    }

    /// Returns the cheapest JSET for the block up to `last`, if it costs less than `least`, and what
    /// it executes.
    pub(super) fn best(&self, last: usize, price: u64, mut least: u64) -> Option<(Jset, u64)> {
        let mut best = None;
        let block = self.partition.weight(self.first, last);
        let mut at = 0;
        while at < self.alive.len() {
            let candidate = &self.alive[at];
            at += 1;
            let tests = candidate.exceptions.tests();
            let (Some(set), Some(clear)) = (candidate.set, candidate.clear) else {
                continue;
            };
            // Whatever its exceptions, all of the block passes the JSET.
            if block + price * tests >= least {
                continue;
            }
            let bits = Jset {
                mask: candidate.mask,
                set,
                clear,
                exceptions: candidate.exceptions,
            };
            let executed = bits.executed(self.partition, self.first, last);
            if executed + price * tests < least {
                least = executed + price * tests;
                best = Some((bits, executed));
            }
        }
        best
    }
}

impl Jset {
    /// Returns the number of tests.
    pub(super) fn tests(&self) -> u64 {
        self.exceptions.tests()
    }

    /// Returns the exceptions on one side, heaviest first.
    pub(super) fn exceptions(&self, partition: &Partition<'_>, set: bool) -> Vec<usize> {
        let all = &self.exceptions.runs[..self.exceptions.count];
        let mut runs: Vec<usize> = Vec::new();
        for &run in all {
            if (partition.starts[run] & self.mask != 0) == set {
                runs.push(run);
            }
        }
        runs.sort_by_key(|&run| (std::cmp::Reverse(partition.weight(run, run)), run));
        runs
    }

    /// What the tests of a block execute.
    fn executed(&self, partition: &Partition<'_>, first: usize, last: usize) -> u64 {
        let mut executed = partition.weight(first, last);
        if self.exceptions.count == 0 {
            return executed;
        }
        for side in [true, false] {
            let exceptions = self.exceptions(partition, side);
            if exceptions.is_empty() {
                continue;
            }
            let node = if side { self.set } else { self.clear };
            let mut run = first;
            while run <= last {
                if partition.nodes[run] == node && !self.exceptions.contains(run) {
                    executed += partition.weight(run, run) * exceptions.len() as u64;
                }
                run += 1;
            }
            for (place, &run) in exceptions.iter().enumerate() {
                executed += partition.weight(run, run) * (place as u64 + 1);
            }
        }
        executed
    }
}

/// The bits that are set in some value from `low` to `high`.
fn any_bit(low: u32, high: u32) -> u32 {
    let differ = low ^ high;
    let below = if differ == 0 {
        0
    } else {
        u32::MAX >> differ.leading_zeros()
    };
    high | below
}

/// The smallest x >= `from` with x & mask == 0.
fn next_without(from: u32, mask: u32) -> Option<u32> {
    let wrong = from & mask;
    if wrong == 0 {
        return Some(from);
    }
    // The highest wrong bit must be cleared by a carry into a free bit above it that is 0.
    let highest = 31 - wrong.leading_zeros();
    let free = !from & !mask & (u32::MAX << highest);
    if free == 0 {
        return None;
    }
    let bit = free.trailing_zeros();
    Some(from & !((1 << bit) - 1) | 1 << bit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bit_tricks_are_what_trying_gives() {
        for low in 0..64u32 {
            for high in low..64 {
                assert_eq!(any_bit(low, high), (low..=high).fold(0, |bits, x| bits | x));
            }
            for mask in 0..64 {
                let tried = (low..256).find(|x| x & mask == 0);
                assert_eq!(next_without(low, mask), tried, "{low} {mask}");
            }
        }
        assert_eq!(next_without(u32::MAX, 1), None);
    }
}
