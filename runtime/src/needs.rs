//! A program → what the kernel must have, so that the program means there what the profile says.

use crate::action::Action;
use crate::insn::{RET_K, sock_filter};

/// An action that is newer than filters are.
#[derive(Clone, Copy)]
pub(crate) struct NewerAction {
    pub(crate) return_value: u32,
    pub(crate) action: Action,
    /// The first Linux version that has it.
    pub(crate) since: (u8, u8),
}

const fn newer(return_value: u32, since: (u8, u8)) -> NewerAction {
    NewerAction {
        return_value,
        action: Action::from_return_value(return_value),
        since,
    }
}

/// A kernel without one of these actions does not refuse the program. It kills the calling thread
/// instead (`kernel/seccomp.c: __seccomp_filter`).
///
/// The newest is the first, so an error names the kernel that is new enough for the whole program.
pub(crate) const NEWER_ACTIONS: [NewerAction; 3] = [
    newer(0x7fc0_0000, (5, 0)),  // SECCOMP_RET_USER_NOTIF
    newer(0x8000_0000, (4, 14)), // SECCOMP_RET_KILL_PROCESS
    newer(0x7ffc_0000, (4, 14)), // SECCOMP_RET_LOG
];

/// What a program needs.
#[derive(Clone, Copy)]
pub(crate) struct Needs {
    /// The oldest version of Linux for which the profile was resolved: the option `kernel`.
    pub(crate) kernel: Option<(u8, u8)>,
    /// The actions that the program returns: bit `i` is for `NEWER_ACTIONS[i]`.
    actions: u8,
}

impl Needs {
    /// Finds the actions that a program returns.
    pub(crate) const fn of(program: &[sock_filter]) -> Needs {
        let (mut actions, mut pc) = (0, 0);
        while pc < program.len() {
            let sock_filter { code, k, .. } = program[pc];
            pc += 1;
            let mut index = 0;
            while code == RET_K && index < NEWER_ACTIONS.len() {
                if k >> 16 == NEWER_ACTIONS[index].return_value >> 16 {
                    actions |= 1 << index;
                }
                index += 1;
            }
        }
        Needs {
            kernel: None,
            actions,
        }
    }

    /// Returns whether the program returns newer actions.
    pub(crate) const fn has_actions(self) -> bool {
        self.actions != 0
    }

    /// Sets the oldest version of Linux.
    pub(crate) const fn since(self, major: u8, minor: u8) -> Needs {
        Needs {
            kernel: Some((major, minor)),
            ..self
        }
    }

    /// Returns the newer actions that the program returns.
    pub(crate) fn actions(self) -> impl Iterator<Item = &'static NewerAction> {
        let mut rest = self.actions;
        core::iter::from_fn(move || {
            let next = NEWER_ACTIONS.get(rest.trailing_zeros() as usize);
            rest &= rest.wrapping_sub(1);
            next
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::insn::{JA, LD_W_ABS};

    const fn insn(code: u16, k: u32) -> sock_filter {
        sock_filter {
            code,
            jt: 0,
            jf: 0,
            k,
        }
    }

    /// Returns the number of newer actions that a program needs, and the first of them.
    fn newest(program: &[sock_filter]) -> (usize, Option<Action>) {
        let mut actions = Needs::of(program).actions();
        let first = actions.next().map(|newer| newer.action);
        (actions.count() + usize::from(first.is_some()), first)
    }

    #[test]
    fn only_returned_values_are_actions() {
        let old = [0, 0x0003_0000, 0x0005_0001, 0x7ff0_0007, 0x7fff_0000];
        let [kill, trap, errno, trace, allow] = old.map(|value| insn(RET_K, value));
        let other = [
            insn(LD_W_ABS, 0x8000_0000),
            insn(JA, 0x7ffc_0000),
            insn(0x15, 0x7fc0_0000), // JEQ
        ];
        let mut program = [
            kill, trap, errno, trace, allow, other[0], other[1], other[2],
        ];
        assert_eq!(newest(&program), (0, None));
        assert!(!Needs::of(&program).has_actions());
        for (index, value, action) in [
            (0, 0x7ffc_0000, Action::Log),
            (3, 0x8000_0000, Action::KillProcess),
            (7, 0x7fc0_ffff, Action::Notify),
        ] {
            let before = newest(&program).0;
            program[index] = insn(RET_K, value);
            assert_eq!(newest(&program), (before + 1, Some(action)));
            assert_eq!(newest(&[program[index]]), (1, Some(action)));
        }
        assert_eq!(newest(&[]), (0, None));
    }

    #[test]
    fn newer_actions_are_sorted() {
        assert!(
            NEWER_ACTIONS
                .windows(2)
                .all(|pair| pair[0].since >= pair[1].since)
        );
    }
}
