//! Number → its name, its ABI, and why a policy does not have the ABI.

use seccomp_profile_compiler::linux::abi::{self, Abi, X32_BIT};
use seccomp_profile_compiler::linux::action::Action;
use seccomp_profile_compiler::linux::syscalls;
use seccomp_profile_compiler::policy::SKIPPED;

use super::explain::Explainer;
use super::phrase;

impl Explainer<'_> {
    /// What the number is.
    pub(crate) fn identity(&self, abi: Abi, nr: u32) -> String {
        let number = phrase::number(nr.into());
        if nr == SKIPPED {
            return format!(
                "{number} is the number that a tracer sets to skip a call. No call has it.\n"
            );
        }
        let Some(name) = syscalls::name(abi, nr) else {
            let highest = phrase::number(syscalls::highest(abi).into());
            return format!(
                "The syscall table has no call with the number {number}; the highest of {abi} is {highest}.\n"
            );
        };
        let mut text = format!("`{name}` is call {number} of {abi}");
        text.push_str(&match syscalls::since(name) {
            Some(version) => format!("; Linux has it since {version}.\n"),
            None => ".\n".into(),
        });
        if let Some((multiplexer, call)) = abi::subcall(name).filter(|_| abi.multiplexed()) {
            let other = multiplexer.name();
            text.push_str(&format!(
                "It can also be made through `{other}`: see `{other} {call}`.\n"
            ));
        }
        text
    }

    /// Why a call is of no ABI in the set.
    pub(crate) fn foreign(&self, abi: Abi) -> String {
        let policy = &self.compiled.policy;
        let mut text = String::new();
        if matches!(abi, Abi::X86_64 | Abi::X32) {
            text.push_str(&format!(
                "x86_64 and x32 share an audit token: numbers from {X32_BIT:#x} are x32's.\n"
            ));
        }
        let listed = &self.compiled.profile.architectures;
        let listed = listed.iter().find(|listed| listed.value == abi);
        let why = match listed.filter(|_| policy.target.family().contains(&abi)) {
            Some(listed) => format!(
                "listed at {}, left out by the option `native_only`",
                self.text.place(listed.span)
            ),
            None if policy.target.family().contains(&abi) => {
                format!("the profile does not list {}", abi.oci_name())
            }
            None => format!("no kernel for programs of {} has it", policy.target),
        };
        let by = match self.options.bad_arch_action {
            Some(_) => "by the option `bad_arch_action`",
            None if policy.bad_arch == Action::KillThread => "by default",
            None => "by the option `deny_action`",
        };
        text.push_str(&format!(
            "{abi} is not among the ABIs of this policy: {why}.\nCalls of other ABIs get {} {by}.\n",
            self.action(policy.bad_arch)
        ));
        text
    }
}
