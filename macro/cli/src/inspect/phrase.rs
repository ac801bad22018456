//! Rules and conditions → words.

use seccomp_profile_compiler::linux::abi::Abi;
use seccomp_profile_compiler::linux::arguments::{self, Argument};
use seccomp_profile_compiler::linux::{call, syscalls};
use seccomp_profile_compiler::policy::{Condition, Test};

use super::source::Source;

/// Writes a small number in decimal, and a large one in hexadecimal.
pub(crate) use seccomp_profile_compiler::linux::call::number;

/// A call of an ABI, whose arguments have names.
#[derive(Clone, Copy)]
pub(crate) struct Call {
    pub(crate) abi: Abi,
    pub(crate) nr: u32,
}

impl Call {
    fn argument(self, index: u8) -> Option<Argument> {
        let name = syscalls::name(self.abi, self.nr)?;
        arguments::argument(self.abi, name, index.into())
    }

    /// Writes the value that a condition compares with: `AF_UNIX`.
    pub(crate) fn value(self, condition: &Condition, value: u64) -> String {
        match self.argument(condition.arg) {
            Some(argument) => call::value_of(self.abi, argument, value, condition.width),
            None => number(value),
        }
    }

    /// Writes the operand of a condition: `prot & PROT_EXEC`.
    pub(crate) fn subject(self, condition: &Condition) -> String {
        let index = condition.arg;
        // The kernel counts from one in `arg2` of `prctl`, a profile from zero.
        let counted = |name: &str| {
            let count = name.strip_prefix("arg");
            count.is_some_and(|count| count.parse::<u8>().is_ok())
        };
        let name = match self.argument(index) {
            Some(argument) if !counted(argument.name) => String::from(argument.name),
            _ => format!("args[{index}]"),
        };
        match condition.test {
            // All bits that the kernel takes.
            Test::Masked { mask, .. } if mask == u64::from(u32::MAX) => {
                format!("{name} & {mask:#x}")
            }
            Test::Masked { mask, .. } => {
                let mask = self.value(condition, mask);
                match mask.contains('|') {
                    true => format!("{name} & ({mask})"),
                    false => format!("{name} & {mask}"),
                }
            }
            _ => name,
        }
    }

    /// Writes a condition: `family == AF_UNIX`.
    pub(crate) fn condition(self, condition: &Condition) -> String {
        let (sign, value) = match condition.test {
            Test::Ne(value) => ("!=", value),
            Test::Lt(value) => ("<", value),
            Test::Le(value) => ("<=", value),
            Test::Eq(value) => ("==", value),
            Test::Ge(value) => (">=", value),
            Test::Gt(value) => (">", value),
            // No bit of a mask has no name.
            Test::Masked { value: 0, mask } if mask != u64::from(u32::MAX) => {
                return format!("{} == 0", self.subject(condition));
            }
            Test::Masked { value, .. } => ("==", value),
        };
        let value = self.value(condition, value);
        format!("{} {sign} {value}", self.subject(condition))
    }

    /// Writes all conditions of a rule, nothing if it has none.
    pub(crate) fn conditions(self, source: &Source<'_>) -> String {
        let conditions = source.rule.conditions.iter();
        let all: Vec<String> = conditions
            .map(|condition| self.condition(condition))
            .collect();
        let mut text = all.join(" and ");
        if let Some(call) = source.subcall {
            text.push_str(&format!(" ({call})"));
        }
        text.trim_start().into()
    }
}

/// Replaces characters that could mislead the reader or control the terminal.
pub(crate) fn plain(text: &str) -> String {
    let misleads = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let shown = |c| {
        if misleads(c) {
            char::REPLACEMENT_CHARACTER
        } else {
            c
        }
    };
    text.chars().map(shown).collect()
}
