//! Lints on what the policy makes of certain calls.

use super::Lints;
use crate::error::{Error, Kind};
use crate::linux::abi::{self, Abi, Multiplexer};
use crate::linux::action::Action;
use crate::linux::{errno, syscalls};
use crate::profile::Entry;

/// Calls on files and sockets that a ring makes too (`io_uring/opdef.c`).
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
        let enosys = errno::number(self.policy.target, "ENOSYS").map(Action::Errno);
        let Some(action) = self
            .denied("clone3")
            .filter(|action| Some(*action) != enosys)
        else {
            return;
        };
        if !self.can_run("clone") {
            return;
        }
        let (span, path) = self.path("clone3");
        self.found.push(
            Error::new(
                Kind::Clone3Errno,
                span,
                format!(
                    "`clone3` gets {action}, and only ENOSYS makes a libc fall back to `clone`"
                ),
            )
            .path(path)
            .label("no thread can be started where the libc has clone3")
            .note("answer it with SCMP_ACT_ERRNO and \"errnoRet\": 38 (ENOSYS), or allow it"),
        );
    }

    pub(super) fn io_uring(&mut self) {
        if !self.can_run("io_uring_setup") {
            return;
        }
        let filtered = |name: &&str| !self.answers(name).into_iter().all(Action::runs);
        let filtered: Vec<&str> = ON_RINGS.into_iter().filter(filtered).collect();
        let [first, ..] = filtered[..] else { return };
        let (span, path) = self.path("io_uring_setup");
        let more = if filtered.len() > 1 {
            " and others"
        } else {
            ""
        };
        self.found.push(
            Error::new(
                Kind::IoUring,
                span,
                format!("a ring does what `{first}`{more} may not: its work is not filtered"),
            )
            .path(path)
            .label("allows rings")
            .note("answer io_uring_setup with ENOSYS, which programs take for an old kernel"),
        );
    }

    /// An errno for rt_sigreturn is worse than a signal: the program goes on behind it, anywhere.
    pub(super) fn exit_denied(&mut self) {
        let ends = self
            .denied("exit_group")
            .map(|action| ("exit_group", action, "no program can end"));
        let returns = self
            .denied("rt_sigreturn")
            .filter(|action| matches!(action, Action::Errno(_)));
        let returns =
            returns.map(|action| ("rt_sigreturn", action, "no signal handler can return"));
        for (call, action, what) in ends.into_iter().chain(returns) {
            let (span, path) = self.path(call);
            self.found.push(
                Error::new(Kind::ExitDenied, span, format!("{what}: `{call}` gets {action}"))
                    .path(path)
                    .label("what it gets")
                    .note("allow exit_group and rt_sigreturn: they give a program nothing that it does not have"),
            );
        }
    }

    /// Rule 30.
    pub(super) fn mux_bypass(&mut self) {
        if !self.policy.abis.iter().any(|rules| rules.abi.multiplexed()) {
            return;
        }
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
                "on 32-bit ABIs `{}` reaches `{}` whatever its arguments",
                named.value, call.value
            );
            self.found.push(
                Error::new(Kind::MuxBypass, named.span, message)
                    .path(open.path.0.as_str())
                    .label(format!("{} for all of its calls", open.action.value))
                    .related(call.span, "this condition is not looked at there")
                    .note(format!(
                        "leave `{}` out: rules for the calls themselves hold there too",
                        named.value
                    )),
            );
        }
    }

    /// A list of what is forbidden, on an ABI that has more names for the same.
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
                    "{abi} has `{variant}` too, which does the same as `{}`",
                    name.value
                );
                self.found.push(
                    Error::new(Kind::DefaultAllowForeignAbi, name.span, message)
                        .path(entry.path.0.as_str())
                        .label("forbidden only by this name")
                        .note(format!(
                            "add `{variant}`, or take {} from the architectures",
                            abi.oci_name()
                        )),
                );
            }
        }
    }

    /// A call of an ABI other than the target's that does what `name` does and has no rule.
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
