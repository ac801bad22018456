//! Compiled profile → the plain OCI JSON that means the same on its target.
//!
//! What is left out: rules that do not apply, and rules that never decide. The text is compiled
//! again and compared with the policy, call by call, so that it either means the same or is an error.

use std::collections::BTreeMap;

use seccomp_profile_compiler::error::{Span, Spanned};
use seccomp_profile_compiler::linux::abi::{Abi, Width};
use seccomp_profile_compiler::linux::action::Action;
use seccomp_profile_compiler::linux::call;
use seccomp_profile_compiler::options::Overlap;
use seccomp_profile_compiler::policy::{Condition, Rule, Test};
use seccomp_profile_compiler::profile::Arg;
use seccomp_profile_compiler::resolve::origin::Group;
use seccomp_profile_compiler::verify::{Difference, compare};
use seccomp_profile_compiler::{Compiled, Errors, Options, Sources, compile, compose};
use serde_json::{Map, Value, json};

use super::snippet::{Mark, Text};
use crate::Failure;
use crate::paint::Paint;

/// Writes a profile as plain OCI JSON for its target.
pub(super) fn oci(
    compiled: &Compiled,
    options: &Options,
    sources: &Sources<'_>,
) -> Result<String, Failure> {
    let plain = Plain {
        compiled,
        sources,
        text: &Text::new(sources),
    };
    plain.check_options()?;
    let (policy, profile) = (&compiled.policy, &compiled.profile);
    let mut object = Map::new();
    put_action(
        &mut object,
        policy.default,
        "defaultAction",
        "defaultErrnoRet",
    );
    let abis = policy.abis.iter().map(|rules| rules.abi.oci_name());
    object.insert("architectures".into(), abis.collect());
    let flags: Vec<&str> = { profile.flags.iter() }
        .map(|flag| flag.value.name())
        .collect();
    if !flags.is_empty() {
        object.insert("flags".into(), json!(flags));
    }
    for (key, value) in [
        ("listenerPath", &profile.listener_path),
        ("listenerMetadata", &profile.listener_metadata),
    ] {
        if let Some(value) = value {
            object.insert(key.into(), json!(value));
        }
    }
    object.insert("syscalls".into(), plain.entries()?);
    let written = serde_json::to_string_pretty(&object);
    let written = written.map_err(|error| Failure::Wrong(error.to_string()))? + "\n";
    plain.check(&written, options)?;
    Ok(written)
}

fn put_action(object: &mut Map<String, Value>, action: Action, name: &str, number: &str) {
    object.insert(name.into(), json!(action.oci_name()));
    if let Some(value) = action.number() {
        object.insert(number.into(), json!(value));
    }
}

struct Plain<'p> {
    compiled: &'p Compiled,
    sources: &'p Sources<'p>,
    text: &'p Text<'p>,
}

/// The rules that one name of an entry became.
type Made<'p> = Vec<(Abi, Group, &'p Rule)>;

impl Plain<'_> {
    /// What no field of plain OCI can say.
    fn check_options(&self) -> Result<(), Failure> {
        let policy = &self.compiled.policy;
        let wrong = |message: String| Err(Failure::Wrong(format!("--emit oci: {message}")));
        if policy.bad_arch != Action::KillThread {
            return wrong(format!(
                "calls of other ABIs get {}, which plain OCI has no field for; runtimes kill the \
                 thread, as with --bad-arch-action SCMP_ACT_KILL_THREAD",
                policy.bad_arch
            ));
        }
        if let Some(newer) = policy.abis.iter().find_map(|rules| rules.newer) {
            return wrong(format!(
                "calls newer than the table get {}, which plain OCI has no field for; leave out \
                 --newer-syscalls",
                newer.action
            ));
        }
        Ok(())
    }

    /// The rules of each name, without those behind a rule that always answers.
    fn made(&self) -> BTreeMap<(usize, usize), Made<'_>> {
        let mut made: BTreeMap<(usize, usize), Made<'_>> = BTreeMap::new();
        for rules in &self.compiled.policy.abis {
            for (&nr, list) in &rules.lists {
                let origins = self.compiled.origins.of(rules.abi, nr);
                for (rule, origin) in list.iter().zip(origins) {
                    if origin.group != Group::Rest {
                        let of_name = made.entry((origin.entry, origin.name)).or_default();
                        of_name.push((rules.abi, origin.group, rule));
                    }
                    if rule.exact && rule.conditions.is_empty() {
                        break;
                    }
                }
            }
        }
        made
    }

    /// The rules of all texts, in the order of the policy's lists.
    fn entries(&self) -> Result<Value, Failure> {
        let made = self.made();
        let mut entries: Vec<Value> = Vec::new();
        for (at, entry) in self.compiled.profile.syscalls.iter().enumerate() {
            // Names whose conditions are written in the same way.
            let mut parts: Vec<(Vec<Value>, Action, Vec<&str>)> = Vec::new();
            for (i, name) in entry.names.iter().enumerate() {
                let Some(rules) = made.get(&(at, i)) else {
                    continue;
                };
                let action = rules
                    .first()
                    .map_or(entry.action.value, |rule| rule.2.action);
                let args = entry.args.iter().enumerate();
                let args = args.map(|(at, arg)| self.condition(at, arg, rules));
                let args = args.collect::<Result<Vec<Value>, Failure>>()?;
                match parts.iter_mut().find(|part| part.0 == args) {
                    Some(part) => part.2.push(&name.value),
                    None => parts.push((args, action, vec![&name.value])),
                }
            }
            for (args, action, names) in parts {
                let mut object = Map::new();
                object.insert("names".into(), json!(names));
                put_action(&mut object, action, "action", "errnoRet");
                if !args.is_empty() {
                    object.insert("args".into(), json!(args));
                }
                entries.push(Value::Object(object));
            }
        }
        Ok(Value::Array(entries))
    }

    /// Writes a condition with numbers that mean the same on every ABI of the set.
    fn condition(&self, at: usize, arg: &Spanned<Arg>, rules: &Made<'_>) -> Result<Value, Failure> {
        let of_arg = rules.iter().filter_map(|(abi, group, rule)| {
            let condition = match group {
                Group::All => rule.conditions.get(at),
                Group::One(one) if *one == at => rule.conditions.first(),
                _ => None,
            };
            condition.map(|condition| (*abi, condition))
        });
        let of_arg: Vec<(Abi, &Condition)> = of_arg.collect();
        let fits = |test: Test| {
            let mut all = of_arg.iter();
            all.all(|(abi, condition)| {
                Compared::by(test, abi.width()) == Compared::by(condition.test, condition.width)
            })
        };
        let narrowest = of_arg.iter().map(|(_, condition)| condition.width).min();
        let low = narrowest.unwrap_or(Width::W64).max();
        let written = arg.value.test;
        let masked = match written {
            Test::Eq(value) => Some((low, value & low)),
            Test::Masked { mask, value } => Some((mask & low, value & low)),
            _ => None,
        };
        let masked = masked.map(|(mask, value)| Test::Masked { mask, value });
        let tests = [Some(written), masked].into_iter().flatten();
        let Some(test) = tests.into_iter().find(|test| fits(*test)) else {
            return Err(self.wrong(arg.span, &self.why(arg, &of_arg)));
        };
        let (op, value, two) = match test {
            Test::Ne(value) => ("SCMP_CMP_NE", value, 0),
            Test::Lt(value) => ("SCMP_CMP_LT", value, 0),
            Test::Le(value) => ("SCMP_CMP_LE", value, 0),
            Test::Eq(value) => ("SCMP_CMP_EQ", value, 0),
            Test::Ge(value) => ("SCMP_CMP_GE", value, 0),
            Test::Gt(value) => ("SCMP_CMP_GT", value, 0),
            Test::Masked { mask, value } => ("SCMP_CMP_MASKED_EQ", mask, value),
        };
        let mut object = json!({ "index": arg.value.index, "op": op, "value": value });
        if two != 0 {
            object["valueTwo"] = json!(two);
        }
        Ok(object)
    }

    /// Why no condition of plain OCI means the same.
    fn why(&self, arg: &Spanned<Arg>, of_arg: &[(Abi, &Condition)]) -> String {
        let target = self.compiled.policy.target;
        let narrower = of_arg
            .iter()
            .find(|(abi, condition)| condition.width < abi.width());
        match narrower {
            Some((abi, condition)) => format!(
                "on {abi} this condition compares {} bits of {}, which plain OCI can say of \
                 SCMP_CMP_EQ and SCMP_CMP_MASKED_EQ only; leave out --typed-arguments",
                condition.width.bits(),
                abi.width().bits()
            ),
            None if arg.value.names.is_some() => {
                let others = of_arg.iter().find(|(abi, condition)| {
                    Compared::by(arg.value.test, abi.width())
                        != Compared::by(condition.test, condition.width)
                });
                let abi = others.map_or(target, |(abi, _)| *abi);
                format!(
                    "the constant has another value on {abi} than on {target}, and plain OCI has \
                     one for both; compile with --native-only, or write rules for each"
                )
            }
            None => "no condition of plain OCI means the same on all ABIs".into(),
        }
    }

    /// Compiles the text and compares it with the policy.
    fn check(&self, written: &str, options: &Options) -> Result<(), Failure> {
        let policy = &self.compiled.policy;
        let plain_options = Options {
            weights: options.weights.clone(),
            effort: options.effort,
            ..Options::default()
        };
        let plain = compile(written, policy.target, &plain_options)
            .map_err(|errors| self.refused(&errors, options))?;
        let differs = |one: Action, other: Action| one != other;
        match compare(policy, &plain.policy, differs) {
            Ok(None) if plain.policy.flags == policy.flags => Ok(()),
            Ok(None) => Err(Failure::Wrong(
                "--emit oci: the flags differ: a defect".into(),
            )),
            Ok(Some(difference)) => Err(self.differs(&difference)),
            Err(error) => Err(Failure::Wrong(format!("--emit oci: {error}"))),
        }
    }

    /// What container runtimes would refuse or answer differently, at its place in the profile.
    fn refused(&self, errors: &Errors, options: &Options) -> Failure {
        let strict = Options {
            overlap: Overlap::Error,
            allow_notify_write: false,
            ..options.clone()
        };
        let written = compose(self.sources, self.compiled.policy.target, &strict);
        let message = match (written, self.closed()) {
            (Err(errors), _) => errors.render(self.sources).join("\n\n"),
            (Ok(_), Some((span, name))) => {
                return self.wrong(
                    span,
                    &format!(
                        "this rule decides about `{name}` before another file does through its \
                         multiplexer, and one plain file has no such precedence; name both in one \
                         file"
                    ),
                );
            }
            (Ok(_), None) => errors.to_string(),
        };
        Failure::Wrong(format!(
            "--emit oci: container runtimes do not all accept this profile, or not with one \
             meaning:\n{message}"
        ))
    }

    /// The first name that closes a call of a multiplexer for later files.
    fn closed(&self) -> Option<(Span, &str)> {
        let (policy, profile) = (&self.compiled.policy, &self.compiled.profile);
        let lists = policy.abis.iter().flat_map(|rules| {
            let numbers = rules.lists.keys();
            numbers.flat_map(|&nr| self.compiled.origins.of(rules.abi, nr))
        });
        let mut rest = lists.filter(|origin| origin.group == Group::Rest);
        let name = rest.next()?.name(profile);
        Some((name.span, &name.value))
    }

    /// A call for which plain OCI says something else.
    fn differs(&self, difference: &Difference) -> Failure {
        let data = &difference.data;
        let policy = &self.compiled.policy;
        let rules = policy.abi_of(data.arch, data.nr);
        let shown = match rules {
            Some(rules) => format!(
                "{} on {}",
                call::text(rules.abi, data.nr, &data.args),
                rules.abi
            ),
            None => format!("system call {}", data.nr),
        };
        let message = format!(
            "`{shown}` gets {} by this rule, but {} by the same rules in one plain file, which has \
             no order of precedence between files and multiplexed calls",
            difference.first, difference.second
        );
        let origin = rules.and_then(|rules| {
            let list = rules.lists.get(&data.nr)?;
            let at = list.iter().position(|rule| rule.matches(&data.args))?;
            self.compiled.origins.of(rules.abi, data.nr).get(at)
        });
        let span = match origin {
            Some(origin) => origin.name(&self.compiled.profile).span,
            None => self.compiled.profile.default_action.span,
        };
        self.wrong(span, &message)
    }

    fn wrong(&self, span: Span, message: &str) -> Failure {
        let mut marks = [Mark {
            span,
            label: String::new(),
        }];
        let place = self.text.place(span);
        let snippet = self.text.snippet(&mut marks, Paint::none());
        Failure::Wrong(format!(
            "{place}: --emit oci: {message}\n{}",
            snippet.trim_end()
        ))
    }
}

/// What a test on some bits of an argument compares.
#[derive(PartialEq)]
struct Compared {
    mask: u64,
    test: Test,
}

impl Compared {
    /// Equality and a mask with all bits are the same.
    fn by(test: Test, width: Width) -> Compared {
        let low = width.max();
        let (mask, test) = match test {
            Test::Masked { mask, value } => (mask & low, Test::Eq(value & low)),
            Test::Eq(value) => (low, Test::Eq(value & low)),
            Test::Ne(value) => (low, Test::Ne(value & low)),
            Test::Lt(value) => (low, Test::Lt(value & low)),
            Test::Le(value) => (low, Test::Le(value & low)),
            Test::Ge(value) => (low, Test::Ge(value & low)),
            Test::Gt(value) => (low, Test::Gt(value & low)),
        };
        Compared { mask, test }
    }
}
