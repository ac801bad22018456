//! A policy × a call whose arguments are known in part → whether the policy lets it run: exactly, not
//! by samples.

use std::collections::BTreeSet;

use seccomp_profile_compiler::Abi;
use seccomp_profile_compiler::linux::action::Action;
use seccomp_profile_compiler::linux::data::SeccompData;
use seccomp_profile_compiler::policy::{AbiRules, Decision, Policy, Rule};
use seccomp_profile_compiler::sorted::Map;
use seccomp_profile_compiler::verify::differences;

use crate::Failure;

/// The values of arguments, where they are bounded.
pub(crate) type Bounds = [Option<BTreeSet<u64>>; 6];

/// How many combinations of bounded values are decided one by one. Past that the arguments with the
/// most values count as not bounded.
const MOST_COMBINATIONS: usize = 1024;

/// What happens to calls.
#[derive(Debug, Default)]
pub(crate) struct Fate {
    /// Whether one of them runs.
    pub(crate) runs: bool,
    /// One of them that does not run, with the answer.
    pub(crate) denied: Option<(SeccompData, Action)>,
}

/// Returns what happens to the calls with a number and with bounded arguments.
///
/// # Errors
/// The rules are too complex.
pub(crate) fn fate(policy: &Policy, abi: Abi, nr: u32, bounds: &Bounds) -> Result<Fate, Failure> {
    let mut fate = Fate::default();
    let data = SeccompData {
        nr,
        arch: abi.token(),
        args: std::array::from_fn(|at| {
            let values = bounds[at].as_ref();
            values
                .and_then(|values| values.first().copied())
                .unwrap_or(0)
        }),
        ..SeccompData::default()
    };
    let rules = match policy.lookup(data.arch, nr) {
        Decision::Always(action) => {
            fate.add(data, action);
            return Ok(fate);
        }
        Decision::ByRules(rules) => rules,
    };
    for values in combinations(rules, bounds) {
        let mut data = data;
        for (index, value) in &values {
            data.args[usize::from(*index)] = *value;
        }
        let left = left(rules, &values);
        match left.first() {
            None => fate.add(data, policy.default),
            Some(first) if first.exact && first.conditions.is_empty() => {
                fate.add(data, first.action);
            }
            Some(_) => fate.of_rules(left, policy, abi, data, &values)?,
        }
    }
    Ok(fate)
}

/// Arguments with one of their values each.
type Values = Vec<(u8, u64)>;

/// Returns all combinations of the values of bounded arguments on which rules have conditions.
fn combinations(rules: &[Rule], bounds: &Bounds) -> Vec<Values> {
    let conditions = rules.iter().flat_map(|rule| &rule.conditions);
    let tested: BTreeSet<u8> = conditions.map(|condition| condition.arg).collect();
    let bounded = tested.into_iter().filter_map(|index| {
        let values = bounds[usize::from(index)].as_ref()?;
        (!values.is_empty()).then_some((index, values))
    });
    let mut bounded: Vec<(u8, &BTreeSet<u64>)> = bounded.collect();
    bounded.sort_by_key(|(index, values)| (values.len(), *index));
    let mut all: Vec<Values> = vec![Vec::new()];
    for (index, values) in bounded {
        if all.len() * values.len() > MOST_COMBINATIONS {
            break;
        }
        let with = |known: &Values, value: u64| {
            let mut known = known.clone();
            known.push((index, value));
            known
        };
        all = { all.iter() }
            .flat_map(|known| values.iter().map(move |value| with(known, *value)))
            .collect();
    }
    all
}

/// Returns the rules that can match calls with these values, with the conditions on other arguments.
fn left(rules: &[Rule], values: &Values) -> Vec<Rule> {
    let known = |arg: u8| values.iter().find(|(index, _)| *index == arg);
    let rules = rules.iter().filter_map(|rule| {
        let mut conditions = Vec::new();
        for condition in &rule.conditions {
            match known(condition.arg) {
                None => conditions.push(*condition),
                Some((_, value)) if condition.test.holds(*value & condition.width.max()) => {}
                Some(_) => return None,
            }
        }
        Some(Rule {
            conditions,
            ..rule.clone()
        })
    });
    rules.collect()
}

impl Fate {
    fn add(&mut self, data: SeccompData, action: Action) {
        match action.runs() {
            true => self.runs = true,
            false => {
                self.denied.get_or_insert((data, action));
            }
        }
    }

    /// Adds what rules do with all values of the arguments that they have conditions on.
    fn of_rules(
        &mut self,
        list: Vec<Rule>,
        policy: &Policy,
        abi: Abi,
        data: SeccompData,
        values: &Values,
    ) -> Result<(), Failure> {
        let of = |default: Action, lists| Policy {
            target: abi,
            default,
            bad_arch: default,
            abis: vec![AbiRules {
                abi,
                lists,
                newer: None,
            }],
            flags: 0,
        };
        let only = of(policy.default, Map::from_iter([(data.nr, list)]));
        // Beside an answer that the other list never gives, each call of a kind is a difference.
        for (other, runs) in [(Action::Allow, false), (Action::KillProcess, true)] {
            let found = differences(&only, &of(other, Map::new()), |one, _| one.runs() == runs);
            let found = found
                .map_err(|error| Failure::Wrong(format!("the profile is too complex: {error}")))?;
            let here = found
                .iter()
                .find(|found| found.arch == Some(data.arch) && found.numbers.contains(&data.nr));
            if let Some(found) = here {
                let mut example = found.example.data;
                example.nr = data.nr;
                for (index, value) in values {
                    example.args[usize::from(*index)] = *value;
                }
                self.add(example, found.example.first);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use seccomp_profile_compiler::linux::syscalls;
    use seccomp_profile_compiler::{Options, compile};

    const PROFILE: &str = r#"{ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
        { "names": ["read"], "action": "SCMP_ACT_ALLOW" },
        { "names": ["socket"], "action": "SCMP_ACT_ALLOW", "args": [
            { "index": 0, "value": 1, "op": "SCMP_CMP_EQ" },
            { "index": 1, "value": 4, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ" } ] },
        { "names": ["mmap"], "action": "SCMP_ACT_ALLOW", "args": [
            { "index": 2, "value": 4, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ" } ] },
        { "names": ["kill"], "action": "SCMP_ACT_ALLOW", "args": [
            { "index": 0, "value": 0, "op": "SCMP_CMP_NE" } ] },
        { "names": ["kill"], "action": "SCMP_ACT_ALLOW", "args": [
            { "index": 0, "value": 0, "op": "SCMP_CMP_EQ" } ] }
    ] }"#;

    fn of(name: &str, bounds: &[(usize, &[u64])]) -> (bool, Option<[u64; 2]>) {
        let policy = compile(PROFILE, Abi::X86_64, &Options::default())
            .unwrap()
            .policy;
        let nr = syscalls::number(Abi::X86_64, name).unwrap();
        let mut all = Bounds::default();
        for (index, values) in bounds {
            all[*index] = Some(values.iter().copied().collect());
        }
        let fate = fate(&policy, Abi::X86_64, nr, &all).unwrap();
        if let Some((data, action)) = &fate.denied {
            assert_eq!(policy.decide(data), *action, "{name}");
            assert!(!action.runs(), "{name}");
        }
        (
            fate.runs,
            fate.denied.map(|(data, _)| [data.args[0], data.args[1]]),
        )
    }

    #[test]
    fn a_call_runs_does_not_or_both() {
        assert_eq!(of("read", &[]), (true, None));
        assert_eq!(of("write", &[(0, &[7])]), (false, Some([7, 0])));
        // Alternatives that are all there is.
        assert_eq!(of("kill", &[]), (true, None));
        let (runs, denied) = of("mmap", &[]);
        assert!(runs && denied.is_some());
        assert_eq!(of("mmap", &[(2, &[0, 1, 3])]), (true, None));
        assert!(!of("mmap", &[(2, &[5, 7])]).0);
    }

    #[test]
    fn bounds_decide_what_they_can() {
        assert_eq!(of("socket", &[(0, &[1]), (1, &[1, 2])]), (true, None));
        assert_eq!(of("socket", &[(0, &[2])]).1.map(|args| args[0]), Some(2));
        assert!(!of("socket", &[(0, &[2, 10])]).0);
        let (runs, denied) = of("socket", &[(0, &[1])]);
        assert!(runs && denied.is_some_and(|args| args[0] == 1 && args[1] & 4 != 0));
        assert_eq!(
            of("socket", &[(0, &[1, 2]), (1, &[1])]),
            (true, Some([2, 1]))
        );
        // Too many combinations to decide one by one: the argument with the most values is open.
        let many: Vec<u64> = (0..2000).collect();
        let (runs, denied) = of("socket", &[(0, &many), (1, &[1])]);
        assert!(runs && denied.is_some());
    }
}
