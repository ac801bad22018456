//! Rule lists over 32-bit words: what is still to be decided of a call's arguments.
//!
//! A 64-bit condition becomes alternatives of literals on the two halves of its argument:
//!
//! ```text
//! x == d    high == D ∧ low == d               x >= d    high > D  ∨  high == D ∧ low >= d
//! x != d    high != D  ∨  low != d             x & m == d  high & M == D ∧ low & m == d
//! ```
//!
//! A [`State`] is the list with an answer at its end, in a normal form: what is known is gone, so
//! that states that decide the same are mostly equal.

use crate::abi::Width;
use crate::bpf::Word;
use crate::policy::{Action, Rule, Test};
use crate::set;

/// Something that holds of a word, or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Literal {
    /// first <= word <= last
    Within(u32, u32),
    /// word != value
    Not(u32),
    /// word & mask != 0
    AnyOf(u32),
    /// word & mask == value
    Bits { mask: u32, value: u32 },
}

/// What is known of a literal.
enum Known {
    Holds,
    Fails,
    Open(Literal),
}

impl Literal {
    /// Whether the literal holds for one value.
    pub(super) fn holds(self, word: u32) -> bool {
        match self {
            Literal::Within(first, last) => first <= word && word <= last,
            Literal::Not(value) => word != value,
            Literal::AnyOf(mask) => word & mask != 0,
            Literal::Bits { mask, value } => word & mask == value,
        }
    }

    /// What is left of the literal where word & mask == value holds.
    fn where_equal(self, mask: u32, value: u32) -> Known {
        match self {
            Literal::Bits { mask: m, value: v } => {
                let open = m & !mask;
                if (v ^ value) & m & mask != 0 {
                    Known::Fails
                } else if open == 0 {
                    Known::Holds
                } else {
                    Known::Open(bits(open, v & open))
                }
            }
            Literal::AnyOf(m) if value & m != 0 => Known::Holds,
            Literal::AnyOf(m) if m & !mask == 0 => Known::Fails,
            Literal::AnyOf(m) => Known::Open(Literal::AnyOf(m & !mask)),
            // From `value` to `value | !mask`, but not everything between.
            Literal::Within(first, last) if first <= value && value | !mask <= last => Known::Holds,
            Literal::Within(first, last) => match next_with_bits(first, mask, value) {
                Some(next) if next <= last => Known::Open(self),
                _ => Known::Fails,
            },
            Literal::Not(v) if v & mask != value => Known::Holds,
            Literal::Not(_) => Known::Open(self),
        }
    }

    /// What is left of the literal where word & mask == value does not hold.
    fn where_different(self, mask: u32, value: u32) -> Known {
        if mask.is_power_of_two() {
            return self.where_equal(mask, value ^ mask);
        }
        match self {
            // What implies something false is false, what is implied by its opposite is true.
            Literal::Bits { mask: m, value: v } if mask & !m == 0 && v & mask == value => Known::Fails,
            Literal::AnyOf(m) if value == 0 && mask & !m == 0 => Known::Holds,
            Literal::Within(first, last) if first & mask == value && same(first, last, mask) => {
                Known::Fails
            }
            Literal::Not(v) if v & mask == value => Known::Holds,
            other => Known::Open(other),
        }
    }
}

/// The smallest x >= `from` with x & mask == value.
fn next_with_bits(from: u32, mask: u32, value: u32) -> Option<u32> {
    let next = set::next_with_bits(u64::from(from), u64::from(mask), u64::from(value))?;
    u32::try_from(next).ok()
}

/// Whether the bits of a mask are the same in all values from `first` to `last`.
fn same(first: u32, last: u32, mask: u32) -> bool {
    let differ = first ^ last;
    differ == 0 || mask & (u32::MAX >> differ.leading_zeros()) == 0
}

/// The literal word & mask == value; one bit that is set is any of one.
fn bits(mask: u32, value: u32) -> Literal {
    if mask == u32::MAX {
        Literal::Within(value, value)
    } else if mask == value && mask.is_power_of_two() {
        Literal::AnyOf(mask)
    } else {
        Literal::Bits { mask, value }
    }
}

/// A rule whose literals are not decided yet.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Residual {
    /// Sorted; one a word.
    pub(super) literals: Vec<(Word, Literal)>,
    pub(super) action: Action,
    /// See [`Rule::exact`].
    pub(super) exact: bool,
}

impl Residual {
    /// Whether every call that this rule matches is matched by `other`.
    fn implies(&self, other: &Residual) -> bool {
        other.literals.iter().all(|literal| self.literals.contains(literal))
    }
}

/// A rule list and the answer where no rule matches.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct State {
    pub(super) rules: Vec<Residual>,
    pub(super) last: Action,
}

impl State {
    /// Returns the state of a rule list before anything is known.
    pub(super) fn new(rules: &[Rule], default: Action, width: Width) -> State {
        State { rules: residuals(rules, width), last: default }.normal()
    }

    /// Returns the state where a word is known to have a value, or one that no literal of the
    /// state tells from it.
    pub(super) fn with_value(&self, word: Word, value: u32) -> State {
        self.assume(word, |literal| {
            if literal.holds(value) { Known::Holds } else { Known::Fails }
        })
    }

    /// Returns the states where word & mask == value holds, and where it does not.
    pub(super) fn with_bits(&self, word: Word, mask: u32, value: u32) -> (State, State) {
        (
            self.assume(word, |literal| literal.where_equal(mask, value)),
            self.assume(word, |literal| literal.where_different(mask, value)),
        )
    }

    fn assume(&self, word: Word, known: impl Fn(Literal) -> Known) -> State {
        let mut rules = Vec::with_capacity(self.rules.len());
        'rules: for rule in &self.rules {
            let mut literals = Vec::with_capacity(rule.literals.len());
            for &(of, literal) in &rule.literals {
                match if of == word { known(literal) } else { Known::Open(literal) } {
                    Known::Holds => {}
                    Known::Fails => continue 'rules,
                    Known::Open(literal) => literals.push((of, literal)),
                }
            }
            rules.push(Residual { literals, ..*rule });
        }
        State { rules, last: self.last }.normal()
    }

    /// Returns the words that literals speak of, sorted.
    pub(super) fn words(&self) -> Vec<Word> {
        let literals = self.rules.iter().flat_map(|rule| &rule.literals);
        let mut words: Vec<Word> = literals.map(|(word, _)| *word).collect();
        words.sort_unstable();
        words.dedup();
        words
    }

    /// Returns the literals on a word, sorted, each once.
    pub(super) fn literals(&self, word: Word) -> Vec<Literal> {
        let all = self.rules.iter().flat_map(|rule| &rule.literals);
        let mut literals: Vec<Literal> =
            all.filter(|(of, _)| *of == word).map(|(_, literal)| *literal).collect();
        literals.sort_unstable();
        literals.dedup();
        literals
    }

    fn normal(mut self) -> State {
        self.fold_known();
        self.drop_shadowed();
        self.drop_trailing();
        self.sort_unions();
        self
    }

    /// An unconditional rule ends the list; one that cannot be evaluated makes the rest stricter.
    fn fold_known(&mut self) {
        let mut kept: Vec<Residual> = Vec::with_capacity(self.rules.len());
        let mut floor: Option<Action> = None;
        let under = |floor: Option<Action>, action: Action| {
            floor.map_or(action, |floor: Action| floor.stricter(action))
        };
        for mut rule in std::mem::take(&mut self.rules) {
            rule.action = under(floor, rule.action);
            if !rule.literals.is_empty() {
                kept.push(rule);
            } else if rule.exact {
                self.last = rule.action;
                floor = None;
                break;
            } else {
                floor = Some(rule.action);
            }
        }
        self.last = under(floor, self.last);
        self.rules = kept;
    }

    /// A rule behind one that matches whenever it does is never reached.
    fn drop_shadowed(&mut self) {
        let mut kept: Vec<Residual> = Vec::with_capacity(self.rules.len());
        for rule in std::mem::take(&mut self.rules) {
            if !kept.iter().any(|earlier| earlier.exact && rule.implies(earlier)) {
                kept.push(rule);
            }
        }
        self.rules = kept;
    }

    /// Rules at the end that say what the end says.
    fn drop_trailing(&mut self) {
        while let Some(rule) = self.rules.last_mut() {
            if !rule.exact {
                // Only the end is left to be stricter than.
                rule.action = rule.action.stricter(self.last);
                rule.exact = true;
            }
            if rule.action != self.last {
                break;
            }
            self.rules.pop();
        }
    }

    /// The order of neighbours with one action means nothing.
    fn sort_unions(&mut self) {
        let alike = |a: &Residual, b: &Residual| a.exact && b.exact && a.action == b.action;
        let mut sorted: Vec<Residual> = Vec::with_capacity(self.rules.len());
        for union in self.rules.chunk_by_mut(alike) {
            join_bits(union);
            union.sort_unstable();
            for (i, rule) in union.iter().enumerate() {
                let wider = |other: &Residual| rule.implies(other) && !other.implies(rule);
                let again = union[..i].contains(rule);
                if !again && !union.iter().any(wider) {
                    sorted.push(rule.clone());
                }
            }
        }
        self.rules = sorted;
    }
}

/// Any of some bits, or any of others, is any of all of them.
fn join_bits(union: &mut [Residual]) {
    for i in 1..union.len() {
        let [(word, Literal::AnyOf(mask))] = union[i].literals[..] else { continue };
        let same = union[..i].iter_mut().find_map(|rule| match &mut rule.literals[..] {
            [(of, Literal::AnyOf(mask))] if *of == word => Some(mask),
            _ => None,
        });
        if let Some(joined) = same {
            *joined |= mask;
            let joined = *joined;
            // Now equal to the other, and so dropped as its double.
            union[i].literals = vec![(word, Literal::AnyOf(joined))];
        }
    }
}

/// The rules over words: one for each way in which all conditions of a rule can hold.
pub(super) fn residuals(rules: &[Rule], width: Width) -> Vec<Residual> {
    let mut residuals = Vec::new();
    for rule in rules {
        let mut alternatives: Vec<Vec<(Word, Literal)>> = vec![Vec::new()];
        for condition in &rule.conditions {
            let ways = ways(condition.arg, condition.test, width);
            let mut extended = Vec::with_capacity(alternatives.len() * ways.len());
            for alternative in &alternatives {
                for way in &ways {
                    extended.push(alternative.iter().chain(way).copied().collect());
                }
            }
            alternatives = extended;
        }
        for mut literals in alternatives {
            literals.sort_unstable();
            residuals.push(Residual { literals, action: rule.action, exact: rule.exact });
        }
    }
    residuals
}

/// The alternatives in which a condition holds; each is a set of literals that all hold.
fn ways(arg: u8, test: Test, width: Width) -> Vec<Vec<(Word, Literal)>> {
    use Literal::{Not, Within};
    let (low, high) = (Word::ArgLow(arg), Word::ArgHigh(arg));
    let split = |value: u64| ((value >> 32) as u32, value as u32);
    let all = u32::MAX;
    let narrow = width == Width::W32;
    // An impossible interval makes no alternative, one that always holds no literal.
    let within = |word: Word, first: u32, last: u32| match (first, last) {
        (0, u32::MAX) => Vec::new(),
        _ => vec![(word, Within(first, last))],
    };
    let at_least = |value: u64| {
        let (high_part, low_part) = split(value);
        if narrow {
            return vec![within(low, low_part, all)];
        }
        if low_part == 0 {
            return vec![within(high, high_part, all)];
        }
        let mut ways = vec![[within(high, high_part, high_part), within(low, low_part, all)].concat()];
        if high_part < all {
            ways.push(within(high, high_part + 1, all));
        }
        ways
    };
    let at_most = |value: u64| {
        let (high_part, low_part) = split(value);
        if narrow {
            return vec![within(low, 0, low_part)];
        }
        if low_part == all {
            return vec![within(high, 0, high_part)];
        }
        let mut ways = vec![[within(high, high_part, high_part), within(low, 0, low_part)].concat()];
        if high_part > 0 {
            ways.push(within(high, 0, high_part - 1));
        }
        ways
    };
    let greatest = width.max();
    match test {
        Test::Eq(value) => {
            let (high_part, low_part) = split(value);
            let mut way = vec![(low, Within(low_part, low_part))];
            if !narrow {
                way.push((high, Within(high_part, high_part)));
            }
            vec![way]
        }
        Test::Ne(value) => {
            let (high_part, low_part) = split(value);
            let mut ways = vec![vec![(low, Not(low_part))]];
            if !narrow {
                ways.push(vec![(high, Not(high_part))]);
            }
            ways
        }
        Test::Ge(value) => at_least(value),
        Test::Gt(value) if value >= greatest => Vec::new(),
        Test::Gt(value) => at_least(value + 1),
        Test::Le(value) => at_most(value),
        Test::Lt(0) => Vec::new(),
        Test::Lt(value) => at_most(value - 1),
        Test::Masked { mask, value } => {
            let ((mask_high, mask_low), (high_part, low_part)) = (split(mask), split(value));
            let mut way = Vec::new();
            if mask_low != 0 {
                way.push((low, bits(mask_low, low_part)));
            }
            if mask_high != 0 && !narrow {
                way.push((high, bits(mask_high, high_part)));
            }
            vec![way]
        }
    }
}
