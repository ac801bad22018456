//! Filter × call → the action, without the kernel.

use super::Filter;
use crate::action::Action;
use crate::program::evaluate::{self, Data};
use crate::syscall::Syscall;

impl Filter {
    /// Returns what the kernel does with a call if this is the only filter.
    ///
    /// It installs nothing and makes no system call. Use it to test a profile, on any operating
    /// system or at compile time.
    ///
    /// ```
    /// use seccomp_profile::{Action, Filter, seccomp_profile, syscall};
    ///
    /// static READ_ONLY: Filter = seccomp_profile!({
    ///     "defaultAction": "SCMP_ACT_KILL_PROCESS",
    ///     "syscalls": [{ "names": ["exit_group", "read"], "action": "SCMP_ACT_ALLOW" }]
    /// });
    ///
    /// const _: () = assert!(matches!(READ_ONLY.evaluate(&syscall!(read)), Action::Allow));
    /// assert_eq!(READ_ONLY.evaluate(&syscall!(execve)), Action::KillProcess);
    /// ```
    ///
    /// # Panics
    /// If the call has [negative](Syscall::negative) arguments, for which callers use different
    /// registers, and the filter answers these callers differently: see
    /// [`syscall!`](crate::syscall#negative-numbers). In a constant this is a compile error.
    #[track_caller]
    pub const fn evaluate(&self, call: &Syscall) -> Action {
        let negative = call.negative_bits();
        let action = self.evaluate_registers(&call.extended(negative));
        // All subsets: each argument can be extended in another way.
        let mut ones = negative;
        while ones != 0 {
            ones = (ones - 1) & negative;
            let other = self.evaluate_registers(&call.extended(ones));
            assert!(
                action.is(other),
                "the filter answers this call differently, depending on how the caller extends a \
                 negative 32-bit number to the 64 bits of its register: compare the low 32 bits in \
                 the profile (the option `typed_arguments` does), or evaluate `zero_extended` and \
                 `sign_extended` of the call"
            );
        }
        action
    }

    const fn evaluate_registers(&self, call: &Syscall) -> Action {
        match evaluate::run(self.program, Data::Full(call)) {
            Some(action) => action,
            None => Action::KillProcess,
        }
    }

    /// Returns whether the filter allows `execve` with any arguments.
    ///
    /// A filter that is installed in a child process before it executes a program must allow it
    /// ([`CommandExt`](crate::CommandExt)). It must also allow what the program does when it starts
    /// and ends. A dynamically linked program calls `brk`, `mmap`, `openat`, `read`, `fstat`,
    /// `mprotect`, `close`, `munmap`, and on x86_64 `arch_prctl`. The C library then calls
    /// `set_tid_address`, `set_robust_list`, `rseq`, `prlimit64` and `getrandom`. Every program
    /// ends with `exit_group`.
    ///
    /// ```
    /// # use seccomp_profile::{Filter, seccomp_profile};
    /// static NO_DEBUGGING: Filter = seccomp_profile!({
    ///     "defaultAction": "SCMP_ACT_ALLOW",
    ///     "syscalls": [{ "names": ["ptrace"], "action": "SCMP_ACT_ERRNO" }]
    /// });
    ///
    /// const _: () = assert!(NO_DEBUGGING.allows_exec());
    /// ```
    pub const fn allows_exec(&self) -> bool {
        let (arch, nr, _) = native!(number execve);
        let call = Syscall::with_arch(arch, nr, [0; 6]);
        match evaluate::run(self.program, Data::NumberAndArch(&call)) {
            Some(action) => action.runs(),
            None => false,
        }
    }
}
