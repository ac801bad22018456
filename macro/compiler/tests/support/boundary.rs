//! Calls at which the answer of a policy can change.

use seccomp_profile_compiler::Abi;
use seccomp_profile_compiler::linux::data::SeccompData;
use seccomp_profile_compiler::policy::probe::Probes;
use seccomp_profile_compiler::policy::{Decision, Policy};

/// Visits calls of every ABI and of none. For each ABI they have the numbers at and next to each
/// boundary of the policy, and for each number up to `most` different arguments at which one of its
/// rules starts or stops to match.
pub(crate) fn calls(policy: &Policy, most: usize, mut visit: impl FnMut(SeccompData)) {
    let mut tokens = Abi::ALL.map(Abi::token).to_vec();
    tokens.extend([0, 1, u32::MAX]);
    tokens.sort_unstable();
    tokens.dedup();
    for arch in tokens {
        for boundary in policy.boundaries(arch) {
            for nr in [boundary.wrapping_sub(1), boundary, boundary.wrapping_add(1)] {
                let mut visit = |args| {
                    visit(SeccompData {
                        nr,
                        arch,
                        args,
                        instruction_pointer: u64::MAX,
                    });
                };
                let args = [[0; 6], [1, 2, 3, 4, 5, 6], [u64::MAX; 6]];
                args.into_iter().for_each(&mut visit);
                if let Decision::ByRules(rules) = policy.lookup(arch, nr) {
                    let abi = policy.abi_of(arch, nr).unwrap().abi;
                    Probes::new(rules, abi).some(most).for_each(visit);
                }
            }
        }
    }
}
