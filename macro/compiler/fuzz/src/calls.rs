//! A policy → calls at every number and argument where its answer can change.

use seccomp_profile_compiler::linux::abi::Abi;
use seccomp_profile_compiler::linux::data::SeccompData;
use seccomp_profile_compiler::policy::probe::Probes;
use seccomp_profile_compiler::policy::{Decision, Policy};

/// The most calls of one number: a fuzzer does better with more inputs than with more calls.
const MOST: usize = 48;

/// Returns the calls of a policy.
pub fn calls(policy: &Policy) -> Vec<SeccompData> {
    let mut calls = Vec::new();
    let mut tokens = policy.tokens();
    let others = [0, u32::MAX, policy.target.token() ^ 1 << 30];
    tokens.extend(
        others
            .into_iter()
            .filter(|token| *token != policy.target.token()),
    );
    for token in tokens {
        let abi = policy.abis.iter().map(|rules| rules.abi);
        let abi: Abi = { abi }
            .find(|abi| abi.token() == token)
            .unwrap_or(policy.target);
        for nr in policy.boundaries(token) {
            let lists = match policy.lookup(token, nr) {
                Decision::Always(_) => vec![[0; 6], [u64::MAX; 6]],
                Decision::ByRules(rules) => Probes::new(rules, abi).some(MOST).collect(),
            };
            calls.extend(lists.into_iter().map(|args| SeccompData {
                nr,
                arch: token,
                args,
                ..SeccompData::default()
            }));
        }
    }
    calls
}
