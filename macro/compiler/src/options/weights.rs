//! The file of the option `weights`, or nothing → how often each call is made.
//!
//! A *weight* is relative: only the ratio of two weights of one ABI has a meaning. Weights decide
//! which tests of a program come first, never what it answers.
//!
//! Without a file the weights are a *guess* from two short lists of calls
//! (`linux/frequency.rs`). The numbers of the guess, and those that `lower` derives
//! from them, were found by a search over real profiles. With them, programs are close to the best
//! known ones in length, mean, mean over hot calls and longest path at the same time.
//! `tests/stats.rs` checks this for ten real profiles.

use std::collections::BTreeMap;

use crate::error::{Error, Errors, Kind, Span};
use crate::linux::abi::Abi;
use crate::linux::frequency::{Heat, heats};
use crate::linux::syscalls;

/// The weights of calls that were not measured, by their [`Heat`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Guess {
    usual: u64,
    warm: u64,
    hot: u64,
    /// The largest weight of a call that the policy denies. A program rarely makes a call in an
    /// inner loop that its own profile denies.
    denied: u64,
}

const GUESS: Guess = Guess {
    usual: 4,
    warm: 7,
    hot: 68,
    denied: 34,
};
/// A guess that favours hot calls more. It is used where programs do not become longer or deeper.
const FAVOURING_HOT: Guess = Guess {
    usual: 3,
    warm: 6,
    hot: 85,
    denied: 40,
};

/// The largest guessed weight of a call on an ABI other than the target. Few programs make such
/// calls, so no call is hot there and all paths should be equally long.
const MAX_FOREIGN: u64 = 12;

/// An unmeasured call weighs 1/4096 of the measured total.
const UNMEASURED_SHARE: u64 = 4096;
/// The most calls that may be tested one by one, before the tree of tests.
const MAX_TESTED_FIRST: usize = 8;

/// The weight of each call; the default is a guess that fits most programs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weights(Source);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Source {
    Guessed(Guess),
    /// The number of each call in the file, by name.
    Measured(BTreeMap<String, u64>),
}

impl Default for Weights {
    fn default() -> Weights {
        Weights(Source::Guessed(GUESS))
    }
}

impl Weights {
    /// Reads measured weights. Each line has the name of a call and how often it was made. Empty
    /// lines and comments, which start with `#`, are ignored.
    ///
    /// # Errors
    /// `unknown-syscall` for a name that no architecture has. `syntax` for a line of another form,
    /// a call that is listed twice, or a number above 2^32-1.
    pub fn parse(text: &str) -> Result<Weights, Errors> {
        let mut errors = Errors::default();
        let mut measured = BTreeMap::new();
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            let span = Span {
                start,
                end: start + line.trim_end().len(),
            };
            start += line.len();
            let words: Vec<&str> = line
                .split('#')
                .next()
                .unwrap_or_default()
                .split_whitespace()
                .collect();
            let wrong = |message: &str| Error::new(Kind::Syntax, span, message);
            match words[..] {
                [] => {}
                [name, weight] => match weight.parse::<u32>() {
                    Err(_) => errors.push(wrong("the weight must be an integer from 0 to 2^32-1")),
                    Ok(_) if !syscalls::is_known(name) => errors.push(
                        Error::new(
                            Kind::UnknownSyscall,
                            span,
                            format!("unknown system call `{name}`"),
                        )
                        .did_you_mean(
                            name,
                            syscalls::names(),
                            "no architecture has it",
                        ),
                    ),
                    Ok(weight) => {
                        if measured
                            .insert(name.to_string(), u64::from(weight))
                            .is_some()
                        {
                            errors.push(wrong("the call is listed twice"));
                        }
                    }
                },
                _ => errors.push(wrong("expected the name of a call and its weight")),
            }
        }
        errors.or(Weights(Source::Measured(measured)))
    }

    /// Returns the numbers and weights of the calls with the largest measured weights, the largest
    /// first. Returns none if the weights are a guess.
    pub(crate) fn hottest(&self, abi: Abi) -> Vec<(u32, u64)> {
        if let Source::Guessed(_) = self.0 {
            return Vec::new();
        }
        let mut calls = self.of(abi);
        calls.sort_by_key(|&(nr, weight)| (std::cmp::Reverse(weight), nr));
        calls.truncate(MAX_TESTED_FIRST);
        calls
    }

    /// Returns a guess that favours hot calls more, if the weights are a guess.
    pub(crate) fn favouring_hot(&self) -> Option<Weights> {
        match self.0 {
            Source::Guessed(_) => Some(Weights(Source::Guessed(FAVOURING_HOT))),
            Source::Measured(_) => None,
        }
    }

    /// Returns the weight of a call that the policy denies.
    pub(crate) fn denied(&self, weight: u64) -> u64 {
        match self.0 {
            Source::Guessed(guess) => weight.min(guess.denied),
            Source::Measured(_) => weight,
        }
    }

    /// Returns the number and weight of every call of an ABI, sorted and without duplicates.
    pub fn of(&self, abi: Abi) -> Vec<(u32, u64)> {
        match &self.0 {
            Source::Guessed(guess) => of_guess(*guess, abi),
            Source::Measured(measured) => of_measured(measured, abi),
        }
    }

    /// Returns the number and weight of every call of an ABI other than the target.
    pub(crate) fn of_foreign(&self, abi: Abi) -> Vec<(u32, u64)> {
        let mut weights = self.of(abi);
        if let Source::Guessed(_) = self.0 {
            for (_, weight) in &mut weights {
                *weight = MAX_FOREIGN.min(*weight);
            }
        }
        weights
    }
}

/// Returns the measured weight of every call of an ABI.
fn of_measured(measured: &BTreeMap<String, u64>, abi: Abi) -> Vec<(u32, u64)> {
    let all: u64 = measured.values().sum();
    // Only ratios matter. Without the shift, sums of large weights could overflow.
    let shift = (u64::BITS - all.leading_zeros()).saturating_sub(u32::BITS);
    let unmeasured = (all >> shift).max(1);
    let calls = syscalls::calls(abi).iter();
    calls
        .map(|&(nr, name)| match measured.get(name) {
            Some(weight) => (nr, (weight >> shift) * UNMEASURED_SHARE),
            None => (nr, unmeasured),
        })
        .collect()
}

/// Returns the guessed weight of every call of an ABI.
fn of_guess(guess: Guess, abi: Abi) -> Vec<(u32, u64)> {
    let calls = heats(abi).iter();
    let weight = |heat| match heat {
        Heat::Usual => guess.usual,
        Heat::Warm => guess.warm,
        Heat::Hot => guess.hot,
    };
    calls.map(|&(nr, heat)| (nr, weight(heat))).collect()
}
