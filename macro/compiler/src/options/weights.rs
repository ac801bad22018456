//! How often calls are made, as far as it can be known before a program runs.
//!
//! The numbers of the guess, and those that [`lower`](super::lower) makes of them, were searched
//! for: with them programs are near the best that are known in length, mean, mean over hot calls and
//! worst path at once. `tests/stats.rs` holds ten real profiles to that.

use std::collections::BTreeMap;

use crate::error::{Error, Errors, Kind, Span};
use crate::linux::abi::Abi;
use crate::linux::frequency::{Heat, heats};
use crate::linux::syscalls;

/// What calls weigh of which nothing was measured, by their [`Heat`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Guess {
    usual: u64,
    warm: u64,
    hot: u64,
    /// The most that a call weighs which is denied: a profile is written for its program, and what
    /// it denies is no call of an inner loop there.
    denied: u64,
}

const EVEN: Guess = Guess {
    usual: 4,
    warm: 7,
    hot: 68,
    denied: 34,
};
/// Another, for programs that become no longer and no deeper by it.
const HOTTER: Guess = Guess {
    usual: 3,
    warm: 6,
    hot: 85,
    denied: 40,
};

/// The most that a call weighs on an ABI that is not the program's own: there nothing is known of
/// inner loops, and no path should be long.
const FOREIGN: u64 = 12;

/// All that was measured weighs so many times as much as a call that was not: it is rare, but
/// not never made.
const RARE: u64 = 4096;
/// More calls are not worth asking for one by one.
const MOST_FIRST: usize = 8;

/// The weight of each call; the default is a guess that fits most programs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weights(Kinds);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kinds {
    Guessed(Guess),
    /// By name, as given.
    Measured(BTreeMap<String, u64>),
}

impl Default for Weights {
    fn default() -> Weights {
        Weights(Kinds::Guessed(EVEN))
    }
}

impl Weights {
    /// Reads measured weights: a line a call, its name and how often it is made; empty lines and
    /// what follows a `#` do not count.
    ///
    /// # Errors
    /// `unknown-syscall` for a name no architecture has, `syntax` for any other line, and for a
    /// call that stands twice or a number above 2^32-1.
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
                    Err(_) => errors.push(wrong("the weight is no integer from 0 to 2^32-1")),
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
                            errors.push(wrong("the call stands twice"));
                        }
                    }
                },
                _ => errors.push(wrong("expected a name and a weight")),
            }
        }
        errors.or(Weights(Kinds::Measured(measured)))
    }

    /// Returns the numbers and weights of the few calls that were measured most often, most often
    /// first; none if nothing was measured.
    pub(crate) fn hottest(&self, abi: Abi) -> Vec<(u32, u64)> {
        if let Kinds::Guessed(_) = self.0 {
            return Vec::new();
        }
        let mut calls = self.of(abi);
        calls.sort_by_key(|&(nr, weight)| (std::cmp::Reverse(weight), nr));
        calls.truncate(MOST_FIRST);
        calls
    }

    /// Returns a guess that is made beside this one, if it is one.
    pub(crate) fn hotter(&self) -> Option<Weights> {
        match self.0 {
            Kinds::Guessed(_) => Some(Weights(Kinds::Guessed(HOTTER))),
            Kinds::Measured(_) => None,
        }
    }

    /// Returns what is left of a call's weight if the policy denies it.
    pub(crate) fn denied(&self, weight: u64) -> u64 {
        match self.0 {
            Kinds::Guessed(guess) => weight.min(guess.denied),
            Kinds::Measured(_) => weight,
        }
    }

    /// Returns the number and weight of every call of an ABI, sorted, each number once.
    pub fn of(&self, abi: Abi) -> Vec<(u32, u64)> {
        match &self.0 {
            Kinds::Guessed(guess) => of_guess(*guess, abi),
            Kinds::Measured(measured) => of_measured(measured, abi),
        }
    }

    /// Returns the same for an ABI that is not the program's own.
    pub(crate) fn of_foreign(&self, abi: Abi) -> Vec<(u32, u64)> {
        let mut weights = self.of(abi);
        if let Kinds::Guessed(_) = self.0 {
            for (_, weight) in &mut weights {
                *weight = FOREIGN.min(*weight);
            }
        }
        weights
    }
}

fn of_measured(measured: &BTreeMap<String, u64>, abi: Abi) -> Vec<(u32, u64)> {
    let all: u64 = measured.values().sum();
    // Only shares matter; sums of larger numbers could overflow.
    let shift = (u64::BITS - all.leading_zeros()).saturating_sub(u32::BITS);
    let rare = (all >> shift).max(1);
    let calls = syscalls::calls(abi).iter();
    calls
        .map(|&(nr, name)| match measured.get(name) {
            Some(weight) => (nr, (weight >> shift) * RARE),
            None => (nr, rare),
        })
        .collect()
}

fn of_guess(guess: Guess, abi: Abi) -> Vec<(u32, u64)> {
    let calls = heats(abi).iter();
    let weight = |heat| match heat {
        Heat::Usual => guess.usual,
        Heat::Warm => guess.warm,
        Heat::Hot => guess.hot,
    };
    calls.map(|&(nr, heat)| (nr, weight(heat))).collect()
}
