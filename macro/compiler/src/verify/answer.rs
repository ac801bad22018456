//! Actions as the kernel sees them: the 32-bit words that a program returns.
//!
//! The program was made with `Action::word` and `Action::stricter`. So the proof reads a word with
//! `Action::from_word`, and compares strictness as the kernel does. If only one of these functions
//! is wrong, the proof fails.

use crate::linux::action::Action;

/// Returns whether `word` is the return value for an action.
pub(super) fn is_answer(word: u32, action: Action) -> bool {
    Action::from_word(word) == Some(action)
}

/// Returns the stricter of two actions, or the first if both are equally strict.
///
/// The kernel compares the upper halves as signed numbers, and the least is the strictest
/// (`kernel/seccomp.c: seccomp_run_filters`, `ACTION_ONLY`).
pub(super) fn stricter(first: Action, second: Action) -> Action {
    let rank = |action: Action| (action.word() & 0xffff_0000) as i32;
    if rank(second) < rank(first) {
        second
    } else {
        first
    }
}
