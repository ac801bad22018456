//! Segment of a partition → the candidates for a JSET that decides it.
//!
//! The search begins with the segment of one interval, which then grows at its end. A *candidate*
//! is a choice of the two continuations and of the exceptions. If its mask does not separate the
//! sides of a segment, no mask will in a larger segment: the mask loses the bits of new values on
//! the clear side, and gains only bits that are above all values so far. So a failed candidate is
//! dropped, and few remain at a time.

use super::jset::{Exceptions, Jset, MAX_EXCEPTIONS};
use super::mask::{any_bit, next_without};
use super::partition::Partition;
use crate::graph::NodeId;

/// In segments with more intervals than this, no new exceptions are tried.
const MAX_WITH_EXCEPTIONS: usize = 24;

/// The partitions of real profiles never have more candidates at a time.
const MAX_CANDIDATES: usize = 64;

/// The JSETs for all segments of a partition.
#[derive(Debug)]
pub(super) struct Jsets {
    /// The number of intervals.
    count: usize,
    all: Vec<Jset>,
    /// The end of each segment's range in `all`. The range begins where that of the segment before
    /// ends; `first..=last` is at `first * count + last`.
    ends: Vec<usize>,
    /// For each interval, the end of the largest segment that begins there and has a JSET.
    last: Vec<usize>,
}

/// The candidates for all segments that begin with the same interval.
struct Candidates<'a> {
    partition: &'a Partition,
    first: usize,
    /// The candidates for the segment that was extended last.
    current: Vec<Candidate>,
    /// A buffer for the candidates of the segment before.
    previous: Vec<Candidate>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Candidate {
    /// The continuation of each side, once the segment has an interval of that side.
    set: Option<NodeId>,
    clear: Option<NodeId>,
    exceptions: Exceptions,
    /// The bits that are set in some value of the clear side.
    clear_bits: u32,
    mask: u32,
}

impl Jsets {
    /// Finds the JSETs for a partition.
    pub(super) fn new(partition: &Partition) -> Jsets {
        let count = partition.len();
        let mut jsets = Jsets {
            count,
            all: Vec::new(),
            ends: vec![0; count * count],
            last: vec![0; count],
        };
        for first in 0..count {
            jsets.ends[first * count + first] = jsets.all.len();
            let mut candidates = Candidates::new(partition, first);
            for last in first + 1..count {
                if !candidates.are_over() {
                    candidates.extend(last);
                    let before = jsets.all.len();
                    candidates.append_to(&mut jsets.all);
                    if before < jsets.all.len() {
                        jsets.last[first] = last;
                    }
                }
                jsets.ends[first * count + last] = jsets.all.len();
            }
        }
        jsets
    }

    /// Returns the end of the largest segment that begins at an interval and has a JSET, or 0.
    pub(super) fn last(&self, first: usize) -> usize {
        self.last[first]
    }

    /// Returns the JSETs for a segment of more than one interval.
    pub(super) fn of(&self, first: usize, last: usize) -> &[Jset] {
        let at = first * self.count + last;
        &self.all[self.ends[at - 1]..self.ends[at]]
    }
}

impl<'a> Candidates<'a> {
    /// Starts with the segment that has one interval.
    fn new(partition: &'a Partition, first: usize) -> Candidates<'a> {
        let none = Candidate {
            set: None,
            clear: None,
            exceptions: Exceptions::default(),
            clear_bits: 0,
            mask: 0,
        };
        let mut candidates = Candidates {
            partition,
            first,
            current: vec![none],
            previous: Vec::new(),
        };
        candidates.extend(first);
        candidates
    }

    /// Returns whether no JSET can decide the segment or a larger one.
    fn are_over(&self) -> bool {
        self.current.is_empty()
    }

    /// Extends the segment by the interval `last`.
    fn extend(&mut self, last: usize) {
        let partition = self.partition;
        let node = Some(partition.nodes[last]);
        let bits = any_bit(partition.starts[last], partition.ends[last]);
        std::mem::swap(&mut self.current, &mut self.previous);
        self.current.clear();
        let mut at = 0;
        while at < self.previous.len() {
            let candidate = self.previous[at];
            at += 1;
            let on_clear_side = Candidate {
                clear: node,
                clear_bits: candidate.clear_bits | bits,
                ..candidate
            };
            let on_set_side = Candidate {
                set: node,
                ..candidate
            };
            let fits_for_free = if candidate.clear == node {
                self.keep(on_clear_side, last) && on_clear_side.clear_bits == candidate.clear_bits
            } else if candidate.set == node {
                self.keep(on_set_side, last)
            } else {
                // A new continuation can become a side that has none yet.
                if candidate.clear.is_none() {
                    self.keep(on_clear_side, last);
                }
                if candidate.set.is_none() {
                    self.keep(on_set_side, last);
                }
                false
            };
            // An exception costs a test, so it never beats an interval that fits for free.
            if !fits_for_free {
                self.keep_with_exceptions(candidate, &[last], last);
            }
        }
    }

    /// Keeps a candidate if its mask separates the sides. Otherwise the intervals on the wrong side
    /// become exceptions. Returns whether none had to.
    fn keep(&mut self, candidate: Candidate, last: usize) -> bool {
        let (starts, ends) = (&self.partition.starts[..], &self.partition.ends[..]);
        let nodes = &self.partition.nodes[..];
        let mask = self.mask(candidate, last);
        let mut wrong = [0; MAX_EXCEPTIONS];
        let mut count = 0;
        if candidate.set.is_some() {
            // If the mask has lost no bit, only the new interval can be on the wrong side.
            let no_bit_lost = mask & candidate.mask == candidate.mask && candidate.mask != 0;
            let mut interval = if no_bit_lost { last } else { self.first };
            while interval <= last {
                if Some(nodes[interval]) == candidate.set
                    && !candidate.exceptions.contains(interval)
                {
                    if let Some(value) = next_without(starts[interval], mask) {
                        if value <= ends[interval] {
                            if count == MAX_EXCEPTIONS {
                                return false;
                            }
                            wrong[count] = interval;
                            count += 1;
                        }
                    }
                }
                interval += 1;
            }
        }
        if count > 0 {
            self.keep_with_exceptions(candidate, &wrong[..count], last);
            return false;
        }
        self.current.push(Candidate { mask, ..candidate });
        true
    }

    /// Keeps a candidate with additional exceptions, if it can have them.
    fn keep_with_exceptions(&mut self, candidate: Candidate, intervals: &[usize], last: usize) {
        if last - self.first > MAX_WITH_EXCEPTIONS || self.current.len() >= MAX_CANDIDATES {
            return;
        }
        let mut exceptions = candidate.exceptions;
        for &interval in intervals {
            if !self.partition.is_single(interval) || !exceptions.add(interval) {
                return;
            }
        }
        let mut candidate = Candidate {
            exceptions,
            ..candidate
        };
        candidate.mask = self.mask(candidate, last);
        if !self.current.contains(&candidate) {
            self.current.push(candidate);
        }
    }

    /// Returns the largest possible mask: every bit that some value of the segment can have, and
    /// that no value of the clear side has.
    fn mask(&self, candidate: Candidate, last: usize) -> u32 {
        let bits = any_bit(self.partition.starts[self.first], self.partition.ends[last]);
        !candidate.clear_bits & bits
    }

    /// Appends the JSETs of the candidates with both sides that have the fewest exceptions.
    fn append_to(&self, all: &mut Vec<Jset>) {
        let mut fewest = u8::MAX;
        for candidate in &self.current {
            if candidate.set.is_some() && candidate.clear.is_some() {
                fewest = fewest.min(candidate.exceptions.count);
            }
        }
        for candidate in &self.current {
            let exceptions = candidate.exceptions;
            let (Some(set), Some(clear)) = (candidate.set, candidate.clear) else {
                continue;
            };
            if exceptions.count == fewest {
                all.push(Jset {
                    mask: candidate.mask,
                    set,
                    clear,
                    exceptions,
                });
                if fewest == 0 {
                    // One test; no other JSET is better.
                    return;
                }
            }
        }
    }
}
