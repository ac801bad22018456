//! Lints about the policy's answers to certain calls.

use super::Lints;
use crate::error::{Error, Kind};
use crate::linux::abi::{self, Abi, Multiplexer};
use crate::linux::action::Action;
use crate::linux::{errno, syscalls};
use crate::profile::Entry;

/// Calls on files and sockets that io_uring can make too (`io_uring/opdef.c`).
const ON_RINGS: [&str; 15] = [
    "openat",
    "openat2",
    "unlinkat",
    "renameat2",
    "mkdirat",
    "linkat",
    "symlinkat",
    "socket",
    "bind",
    "listen",
    "connect",
    "accept4",
    "sendmsg",
    "recvmsg",
    "setxattr",
];

impl Lints<'_> {
    pub(super) fn clone3_errno(&mut self) {
        let enosys = errno::number(self.policy.target, "ENOSYS").unwrap_or(38);
        let Some(action) = self
            .denied("clone3")
            .filter(|action| *action != Action::Errno(enosys))
        else {
            return;
        };
        if !self.can_run("clone") {
            return;
        }
        let (span, path) = self.place("clone3");
        self.found.push(
            Error::new(
                Kind::Clone3Errno,
                span,
                format!(
                    "`clone3` gets {action}, but a libc falls back to `clone` only after ENOSYS"
                ),
            )
            .path(path)
            .label("a libc that uses `clone3` cannot start threads")
            .note(format!("return ENOSYS for `clone3` (SCMP_ACT_ERRNO with \"errnoRet\": {enosys}), or allow it")),
        );
    }

    pub(super) fn io_uring(&mut self) {
        if !self.can_run("io_uring_setup") {
            return;
        }
        let filtered = |name: &&str| !self.answers(name).into_iter().all(Action::runs);
        let filtered: Vec<&str> = ON_RINGS.into_iter().filter(filtered).collect();
        let [first, ..] = filtered[..] else { return };
        let (span, path) = self.place("io_uring_setup");
        let more = if filtered.len() > 1 {
            " and others"
        } else {
            ""
        };
        self.found.push(
            Error::new(
                Kind::IoUring,
                span,
                format!("io_uring bypasses the filter for `{first}`{more}: filters do not see its operations"),
            )
            .path(path)
            .label("allows io_uring")
            .note("return ENOSYS for `io_uring_setup`: programs then behave as on a kernel without io_uring"),
        );
    }

    /// An errno for `rt_sigreturn` is worse than a signal: the program continues after a call that
    /// must not return.
    pub(super) fn exit_denied(&mut self) {
        let ends = self
            .denied("exit_group")
            .map(|action| ("exit_group", action, "the program cannot exit"));
        let returns = self
            .denied("rt_sigreturn")
            .filter(|action| matches!(action, Action::Errno(_)));
        let returns =
            returns.map(|action| ("rt_sigreturn", action, "signal handlers cannot return"));
        for (call, action, what) in ends.into_iter().chain(returns) {
            let (span, path) = self.place(call);
            self.found.push(
                Error::new(Kind::ExitDenied, span, format!("{what}: `{call}` gets {action}"))
                    .path(path)
                    .label("denied here")
                    .note("allow `exit_group` and `rt_sigreturn`: they give a program no additional access"),
            );
        }
    }

    /// A multiplexer that makes a call whose rule has conditions (`format`, *Multiplexed calls*).
    pub(super) fn mux_bypass(&mut self) {
        let mut abis = self.policy.abis.iter().map(|rules| rules.abi);
        let Some(abi) = abis.find(|abi| abi.multiplexed()) else {
            return;
        };
        for multiplexer in [Multiplexer::Socketcall, Multiplexer::Ipc] {
            let open = self
                .entries()
                .filter(|entry| entry.args.is_empty())
                .find_map(|entry| {
                    let named = entry
                        .names
                        .iter()
                        .find(|name| name.value == multiplexer.name())?;
                    Some((entry, named))
                });
            let Some((open, named)) = open else { continue };
            let bypassed = self
                .entries()
                .filter(|entry| !entry.args.is_empty())
                .find_map(|entry| {
                    let strictest = entry.action.value.stricter(self.default);
                    let sub =
                        |name: &str| abi::subcall(name).is_some_and(|(of, _)| of == multiplexer);
                    let call = entry.names.iter().find(|name| sub(&name.value))?;
                    (strictest.rank() < open.action.value.rank()).then_some(call)
                });
            let Some(call) = bypassed else { continue };
            let message = format!(
                "on {abi}, `{}` bypasses the conditions on `{}`",
                named.value, call.value
            );
            self.found.push(
                Error::new(Kind::MuxBypass, named.span, message)
                    .path(open.path.0.as_str())
                    .label(format!("{} for every call through it", open.action.value))
                    .related(
                        call.span,
                        "the conditions of this rule are not tested there",
                    )
                    .note(format!(
                        "remove `{}`: the rule for `{}` also applies to calls through it",
                        named.value, call.value
                    )),
            );
        }
    }

    /// A profile that denies some calls and allows the rest, on an ABI with other calls that do the
    /// same.
    pub(super) fn foreign_abi(&mut self) {
        if !self.default.runs() {
            return;
        }
        let strict = |entry: &&Entry| entry.action.value.rank() < self.default.rank();
        let mut named: Vec<&str> = Vec::new();
        for entry in self.entries().filter(strict) {
            named.extend(entry.names.iter().map(|name| name.value.as_str()));
        }
        for entry in self
            .entries()
            .filter(|entry| entry.action.value.rank() < self.default.rank())
        {
            for name in &entry.names {
                let variant = self.variant(&name.value, &named);
                let Some((abi, variant)) = variant else {
                    continue;
                };
                let message = format!(
                    "{abi} also has `{variant}`, which does the same as `{}` but is not restricted",
                    name.value
                );
                self.found.push(
                    Error::new(Kind::DefaultAllowForeignAbi, name.span, message)
                        .path(entry.path.0.as_str())
                        .label("the rule restricts only this call")
                        .note(format!(
                            "add `{variant}` to `names`, or remove {} from `architectures`",
                            abi.oci_name()
                        )),
                );
            }
        }
    }

    /// Returns a call of an ABI other than the target's that does the same as `name` and is not among
    /// `named`.
    fn variant(&self, name: &str, named: &[&str]) -> Option<(Abi, String)> {
        let target = self.policy.target;
        let foreign = self
            .policy
            .abis
            .iter()
            .map(|rules| rules.abi)
            .filter(|abi| *abi != target);
        let others = match name {
            "mmap" => vec![String::from("mmap2")],
            "umount2" => vec![String::from("umount")],
            _ => ["64", "32", "_time64"]
                .map(|suffix| format!("{name}{suffix}"))
                .to_vec(),
        };
        foreign.into_iter().find_map(|abi| {
            let here = others.iter().find(|other| {
                let only_there = syscalls::number(target, other).is_none();
                only_there
                    && syscalls::number(abi, other).is_some()
                    && !named.contains(&other.as_str())
            })?;
            Some((abi, here.clone()))
        })
    }
}
