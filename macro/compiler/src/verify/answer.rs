//! Answers as the kernel sees them: 32-bit words.
//!
//! The proof does not use `Action::stricter`, nor does it compare with `Action::word`, because the
//! program was made with both.

use crate::linux::action::Action;

/// Returns whether a program that returns `word` gives this answer.
pub(super) fn gives(word: u32, action: Action) -> bool {
    Action::from_word(word) == Some(action)
}

/// Returns the stricter of two answers, the first if both are equally strict.
///
/// The kernel compares the upper halves as signed numbers and takes the least
/// (`kernel/seccomp.c: seccomp_run_filters`, `ACTION_ONLY`).
pub(super) fn stricter(first: Action, second: Action) -> Action {
    let rank = |action: Action| (action.word() & 0xffff_0000) as i32;
    if rank(second) < rank(first) {
        second
    } else {
        first
    }
}
