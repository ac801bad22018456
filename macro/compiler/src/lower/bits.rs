//! Blocks of a line that one JSET decides.
//!
//! If two continuations are told apart by some bits (set in every value of one, clear in every
//! value of the other), one test decides however many runs there are; a single value may be an
//! exception, for one JEQ more on the side where it stands.
//!
//! For blocks that begin at one run and grow, a candidate that has failed never holds again: its
//! mask only loses bits that its values could have. So few are ever looked at.

use super::line::Line;
use crate::graph::NodeId;

/// Blocks longer than this are not searched for exceptions.
const LONGEST_WITH_EXCEPTION: usize = 16;

/// A JSET that decides a block.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bits {
    pub(super) mask: u32,
    pub(super) set: NodeId,
    pub(super) clear: NodeId,
    /// A run of one value that goes elsewhere.
    pub(super) except: Option<usize>,
}

/// The candidates for blocks from one run on.
pub(super) struct Candidates<'a> {
    line: &'a Line<'a>,
    first: usize,
    alive: Vec<Candidate>,
}

#[derive(Clone, Copy)]
struct Candidate {
    /// Not known before a run of its kind is met.
    set: Option<NodeId>,
    clear: Option<NodeId>,
    except: Option<usize>,
    /// The bits of all values of the clear side.
    used: u32,
    mask: u32,
}

impl<'a> Candidates<'a> {
    /// Begins with the block of one run.
    pub(super) fn new(line: &'a Line<'a>, first: usize) -> Candidates<'a> {
        let node = line.nodes[first];
        let used = any_bit(line.starts[first], line.ends[first]);
        let none = Candidate { set: None, clear: None, except: None, used: 0, mask: 0 };
        let mut alive = vec![
            Candidate { clear: Some(node), used, ..none },
            Candidate { set: Some(node), ..none },
        ];
        if line.starts[first] == line.ends[first] {
            alive.push(Candidate { except: Some(first), ..none });
        }
        Candidates { line, first, alive }
    }

    /// Adds the run `last` to the block, which then ends there.
    pub(super) fn extend(&mut self, last: usize) {
        let line = self.line;
        let single = line.starts[last] == line.ends[last];
        let exceptions = last - self.first <= LONGEST_WITH_EXCEPTION;
        let before = std::mem::take(&mut self.alive);
        let mut at = 0;
        while at < before.len() {
            let candidate = before[at];
            at += 1;
            if candidate.except.is_some() && !exceptions {
                continue;
            }
            if candidate.except.is_none() && single && exceptions {
                self.keep(Candidate { except: Some(last), ..candidate }, last, false);
            }
            let node = Some(line.nodes[last]);
            let grown = candidate.used | any_bit(line.starts[last], line.ends[last]);
            if candidate.clear == node {
                self.keep(Candidate { used: grown, ..candidate }, last, true);
            } else if candidate.set == node {
                self.keep(candidate, last, true);
            } else {
                // A continuation that is new to the candidate can still be its other side.
                if candidate.clear.is_none() {
                    self.keep(Candidate { clear: node, used: grown, ..candidate }, last, true);
                }
                if candidate.set.is_none() {
                    self.keep(Candidate { set: node, ..candidate }, last, true);
                }
            }
        }
    }

    /// Keeps a candidate if it holds for the block up to `last`.
    fn keep(&mut self, candidate: Candidate, last: usize, checked: bool) {
        let line = self.line;
        let mask = !candidate.used & any_bit(line.starts[self.first], line.ends[last]);
        if checked && candidate.set.is_some() {
            // As long as the clear side has no new bits, only the new run is in doubt.
            let same = mask & candidate.mask == candidate.mask && candidate.mask != 0;
            let mut run = if same { last } else { self.first };
            while run <= last {
                if Some(line.nodes[run]) == candidate.set && candidate.except != Some(run) {
                    if let Some(value) = next_without(line.starts[run], mask) {
                        if value <= line.ends[run] {
                            return;
                        }
                    }
                }
                run += 1;
            }
        }
        self.alive.push(Candidate { mask, ..candidate });
    }

    /// Returns the JSET that executes least for the block up to `last`, and how much.
    pub(super) fn best(&self, last: usize, bound: u64, price: u64) -> Option<(Bits, u64)> {
        let line = self.line;
        let block = line.weight(self.first, last);
        let mut best: Option<(Bits, u64)> = None;
        for candidate in &self.alive {
            let (Some(set), Some(clear)) = (candidate.set, candidate.clear) else { continue };
            let bits = Bits { mask: candidate.mask, set, clear, except: candidate.except };
            let Some(except) = candidate.except else { return Some((bits, block)) };
            if bound <= block + 2 * price {
                continue;
            }
            let side = if line.starts[except] & bits.mask != 0 { set } else { clear };
            let mut executed = block;
            let mut run = self.first;
            while run <= last {
                if run == except || line.nodes[run] == side {
                    executed += line.weight(run, run);
                }
                run += 1;
            }
            if best.is_none_or(|(_, least)| executed < least) {
                best = Some((bits, executed));
            }
        }
        best
    }
}

/// The bits that are set in some value from `low` to `high`.
fn any_bit(low: u32, high: u32) -> u32 {
    let differ = low ^ high;
    let below = if differ == 0 { 0 } else { u32::MAX >> differ.leading_zeros() };
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
