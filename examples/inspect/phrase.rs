//! Rules and conditions → words.

use seccomp_profile_compiler::policy::{Condition, Test};

use crate::source::Source;

/// Writes a small number in decimal, and a large one in hexadecimal.
pub(crate) fn number(value: u64) -> String {
    if value < 4096 {
        value.to_string()
    } else {
        format!("{value:#x}")
    }
}

/// Writes the operand of a condition: `arg2 & 0xff`.
pub(crate) fn subject(condition: &Condition) -> String {
    match condition.test {
        Test::Masked { mask, .. } => format!("arg{} & {mask:#x}", condition.arg),
        _ => format!("arg{}", condition.arg),
    }
}

/// Writes a condition: `arg0 == 1`.
pub(crate) fn condition(condition: &Condition) -> String {
    let (sign, value) = match condition.test {
        Test::Ne(value) => ("!=", value),
        Test::Lt(value) => ("<", value),
        Test::Le(value) => ("<=", value),
        Test::Eq(value) | Test::Masked { value, .. } => ("==", value),
        Test::Ge(value) => (">=", value),
        Test::Gt(value) => (">", value),
    };
    format!("{} {sign} {}", subject(condition), number(value))
}

/// Writes all conditions of a rule, nothing if it has none.
pub(crate) fn conditions(source: &Source<'_>) -> String {
    let all: Vec<String> = source.rule.conditions.iter().map(condition).collect();
    let mut text = all.join(" and ");
    if let Some(call) = source.subcall {
        text.push_str(&format!(" ({call})"));
    }
    text
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
