//! The file of the option `weights`, or nothing → how often each call is made.
//!
//! A *weight* is relative: only the ratio of two weights of one ABI has a meaning. Weights decide
//! which tests of a program come first, never what it answers.
//!
//! Without a file the weights are a *guess* from two short lists of calls
//! (`linux/frequency.rs`). No guess is best for all profiles, so several are tried for the target's
//! own calls. With them, programs are close to the best known ones in length, mean, mean over hot
//! calls and longest path at the same time. `tests/stats.rs` checks this for ten real profiles.

use crate::error::{Error, Errors, Kind, Span};
use crate::linux::abi::Abi;
use crate::linux::frequency::{Heat, heats};
use crate::linux::syscalls;
use crate::sorted::{self, Map};

/// The weights of calls that were not measured, by their [`Heat`], and by what the policy does with
/// them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Guess {
    pub(crate) usual: u64,
    pub(crate) warm: u64,
    pub(crate) hot: u64,
    /// The largest weight of a call that the policy denies. A program rarely makes a call in an
    /// inner loop that its own profile denies.
    pub(crate) most_denied: u64,
    pub(crate) factors: Factors,
    /// All numbers with the x32 bit weigh 1/`x32` of the others, unless x32 is the target.
    pub(crate) x32: u64,
    /// λ, the price of an instruction, in tenths of the mean weight of an interval.
    pub(crate) price: u64,
}

/// What the weight of a call is multiplied by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Factors {
    /// If it is always allowed.
    pub(crate) allowed: u64,
    /// If it has another answer.
    pub(crate) denied: u64,
    /// If its arguments are tested, plus `depth` for each test on the longest path.
    pub(crate) by_rules: u64,
    pub(crate) depth: u64,
}

/// The usual factors. Since Linux 5.11 the kernel caches calls that are always allowed, and no longer
/// runs the filter for them. So all other calls weigh more. Calls with rules must be found sooner:
/// otherwise they have the longest paths of the program.
pub(crate) const FACTORS: Factors = Factors {
    allowed: 4,
    denied: 5,
    by_rules: 4,
    depth: 3,
};

/// The guesses, in the order in which they are tried (`lower/guess.rs`). The first two were found by
/// a search over real profiles. Of thousands of guesses the last one improves most what the first two
/// leave, on these profiles and on random parts of them.
pub(crate) const GUESSES: [Guess; 3] = [
    Guess {
        usual: 4,
        warm: 7,
        hot: 68,
        most_denied: 34,
        factors: FACTORS,
        x32: 24,
        price: 18,
    },
    // Favours hot calls more.
    Guess {
        usual: 3,
        warm: 6,
        hot: 85,
        most_denied: 40,
        factors: FACTORS,
        x32: 24,
        price: 18,
    },
    Guess {
        usual: 10,
        warm: 12,
        hot: 120,
        most_denied: 250,
        factors: Factors {
            allowed: 4,
            denied: 3,
            by_rules: 5,
            depth: 2,
        },
        x32: 200,
        price: 30,
    },
];

/// The guess for short lists, where the mean over all calls counts most.
pub(crate) const SHORT: Guess = Guess {
    usual: 4,
    warm: 4,
    hot: 6,
    most_denied: 6,
    factors: Factors {
        allowed: 1,
        denied: 1,
        by_rules: 1,
        depth: 1,
    },
    x32: 48,
    price: 18,
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
    Guessed,
    /// The number of each call in the file, by name.
    Measured(Map<String, u64>),
}

impl Default for Weights {
    fn default() -> Weights {
        Weights(Source::Guessed)
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
        let mut measured = Map::new();
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
                            &syscalls::names().collect::<Vec<_>>(),
                            "no architecture has it",
                        ),
                    ),
                    Ok(weight) => {
                        if measured.get(name).is_some() {
                            errors.push(wrong("the call is listed twice"));
                        }
                        measured.get_or_insert(name.to_string(), u64::from(weight));
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
        if let Source::Guessed = self.0 {
            return Vec::new();
        }
        let mut calls = self.of(abi);
        sorted::sort_by_key(&mut calls, |&(nr, weight)| (std::cmp::Reverse(weight), nr));
        calls.truncate(MAX_TESTED_FIRST);
        calls
    }

    /// Returns whether the weights are a guess.
    pub(crate) fn are_guessed(&self) -> bool {
        matches!(self.0, Source::Guessed)
    }

    /// Returns the weight of a call that the policy denies.
    pub(crate) fn denied(&self, weight: u64) -> u64 {
        match self.0 {
            Source::Guessed => weight.min(GUESSES[0].most_denied),
            Source::Measured(_) => weight,
        }
    }

    /// Returns the number and weight of every call of an ABI, sorted and without duplicates.
    pub fn of(&self, abi: Abi) -> Vec<(u32, u64)> {
        match &self.0 {
            Source::Guessed => of_guess(abi),
            Source::Measured(measured) => of_measured(measured, abi),
        }
    }

    /// Returns the number and weight of every call of an ABI other than the target.
    pub(crate) fn of_foreign(&self, abi: Abi) -> Vec<(u32, u64)> {
        let mut weights = self.of(abi);
        if let Source::Guessed = self.0 {
            for (_, weight) in &mut weights {
                *weight = MAX_FOREIGN.min(*weight);
            }
        }
        weights
    }
}

/// Returns the measured weight of every call of an ABI.
fn of_measured(measured: &Map<String, u64>, abi: Abi) -> Vec<(u32, u64)> {
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
fn of_guess(abi: Abi) -> Vec<(u32, u64)> {
    let calls = heats(abi).iter();
    let guess = &GUESSES[0];
    calls.map(|&(nr, heat)| (nr, guess.weight(heat))).collect()
}

impl Guess {
    /// Returns the weight of a call before it is multiplied.
    pub(crate) fn weight(&self, heat: Heat) -> u64 {
        match heat {
            Heat::Usual => self.usual,
            Heat::Warm => self.warm,
            Heat::Hot => self.hot,
        }
    }
}
