//! Policy × call → why the call gets its answer: the rules with their places, the outcome of each
//! condition, and the path through the program.

use seccomp_profile_compiler::linux::abi::Abi;
use seccomp_profile_compiler::linux::action::Action;
use seccomp_profile_compiler::linux::data::SeccompData;
use seccomp_profile_compiler::linux::{call as shown, syscalls};
use seccomp_profile_compiler::options::NewerSyscalls;
use seccomp_profile_compiler::policy::{Condition, SKIPPED, Test};
use seccomp_profile_compiler::resolve::origin::Reason;
use seccomp_profile_compiler::{Compiled, Options};

use super::absent::absent;
use super::phrase::Call;
use super::snippet::{Mark, Text};
use super::source::{Source, sources};
use super::{call, path};
use crate::Failure;
use crate::paint::Paint;

/// What an answer is explained from.
pub(crate) struct Explainer<'e> {
    pub(crate) compiled: &'e Compiled,
    pub(crate) options: &'e Options,
    pub(crate) text: &'e Text<'e>,
    pub(crate) paint: Paint,
}

/// What is known so far of an answer.
enum Sofar {
    /// No rule has matched.
    Open,
    /// A rule behind a multiplexer may match: the answer is this, or something stricter.
    AtMost(Action),
    /// The answer is this.
    Is(Action),
}

impl Sofar {
    /// One more answer, of an exact rule or of one behind a multiplexer.
    fn and(self, action: Action, exact: bool) -> Sofar {
        let action = match self {
            Sofar::Open => action,
            Sofar::AtMost(before) => before.stricter(action),
            Sofar::Is(answer) => return Sofar::Is(answer),
        };
        if exact {
            Sofar::Is(action)
        } else {
            Sofar::AtMost(action)
        }
    }
}

impl Explainer<'_> {
    /// Explains the answer to a call that was named on an ABI.
    pub(crate) fn explain(&self, abi: Abi, data: &SeccompData) -> Result<String, Failure> {
        let answer = call::decide(self.compiled, data)?;
        let policy = &self.compiled.policy;
        let call = shown::text(abi, data.nr, &data.args);
        let head = self.paint.bold(&format!("{call} on {abi}:"));
        let mut out = format!("{head} {}\n\n", self.action(answer));
        out.push_str(&self.identity(abi, data.nr));
        let found = match policy.abi_of(data.arch, data.nr) {
            None if data.nr == SKIPPED && policy.tokens().contains(&data.arch) => {
                self.default(Sofar::Open, &mut out)
            }
            None => {
                out.push_str(&self.foreign(abi));
                policy.bad_arch
            }
            Some(rules) => match rules.newer.filter(|newer| newer.covers(rules.abi, data.nr)) {
                Some(newer) => {
                    out.push_str(&format!(
                        "Calls newer than the table get {} by the option `newer_syscalls`.\n",
                        self.action(newer.action)
                    ));
                    newer.action
                }
                None => {
                    self.left_out(rules.abi, data.nr, &mut out);
                    self.rules(rules.abi, data, &mut out)
                }
            },
        };
        if found != answer {
            let message = format!("the explanation says {found}, not {answer}: a defect");
            return Err(Failure::Wrong(message));
        }
        let way = path::listing(&self.compiled.program, data, self.paint);
        let way =
            way.ok_or_else(|| Failure::Wrong("no path through the program: a defect".into()))?;
        out.push_str(&format!("\n{way}"));
        Ok(out)
    }

    pub(crate) fn action(&self, action: Action) -> String {
        self.paint.action(action, &action.to_string())
    }

    /// Lists the rules for a call that are left out here.
    fn left_out(&self, abi: Abi, nr: u32, out: &mut String) {
        let names = syscalls::names().filter(|name| syscalls::number(abi, name) == Some(nr));
        let names: Vec<&str> = names.collect();
        let absent = absent(&self.compiled.profile, self.text, &names);
        if !absent.is_empty() {
            out.push_str(
                "Rules that are left out for this target, these capabilities or this kernel:\n",
            );
        }
        for rule in absent {
            out.push_str(&format!("  {rule}\n"));
        }
        for left_out in &self.compiled.origins.left_out {
            let Reason::Overridden { decided } = left_out.reason else {
                continue;
            };
            let entry = &self.compiled.profile.syscalls[left_out.entry];
            let name = entry.names[left_out.name].value.as_str();
            if left_out.abi == abi && names.contains(&name) {
                let (from, to) = (self.text.place(left_out.span), self.text.place(decided));
                out.push_str(&format!(
                    "{from} does not apply: {to} names `{name}` before it.\n"
                ));
            }
        }
    }

    /// Walks the rules of a call.
    fn rules(&self, abi: Abi, data: &SeccompData, out: &mut String) -> Action {
        let named = Call { abi, nr: data.nr };
        let list = sources(self.compiled, abi, data.nr);
        if list.is_empty() {
            out.push_str(match self.options.newer_syscalls {
                _ if data.nr == SKIPPED || data.nr <= syscalls::highest(abi) => {
                    "No rule applies to it.\n"
                }
                NewerSyscalls::Default => {
                    "No rule applies to it, nor the option `newer_syscalls`, which is not set.\n"
                }
                NewerSyscalls::Enosys => {
                    "No rule applies to it, nor the option `newer_syscalls`.\n"
                }
            });
        }
        let mut sofar = Sofar::Open;
        for (i, source) in list.iter().enumerate() {
            let rule = source.rule;
            let matches = rule.matches(&data.args);
            let when = match named.conditions(source).as_str() {
                "" => String::new(),
                conditions => format!(" if {conditions}"),
            };
            let verdict = match (matches, rule.exact) {
                (false, _) => "does not match",
                (true, true) => "matches",
                (true, false) => "may match",
            };
            out.push_str(&format!(
                "\n{} {}{when}: {}\n",
                self.paint
                    .bold(&format!("Rule #{} of {}:", i + 1, list.len())),
                self.action(rule.action),
                self.paint.bold(verdict)
            ));
            self.place(source, abi, data, out);
            if let (true, Some(call)) = (source.is_rest, source.subcall) {
                out.push_str(&format!(
                    "   This profile decides about `{call}` alone, so what its rules do not match gets the\n   \
                     default action, and no later rule for the multiplexer applies.\n"
                ));
            }
            if let (true, false, Some(call)) = (matches, rule.exact, source.subcall) {
                out.push_str(&format!(
                    "   This is `{call}`, and the rule has conditions on its arguments. They are in memory,\n   \
                     which a filter cannot read. The answer is the stricter of {} and of what follows.\n",
                    self.action(rule.action)
                ));
            }
            if matches {
                sofar = sofar.and(rule.action, rule.exact);
            }
            if let Sofar::Is(answer) = sofar {
                match list.len() - i - 1 {
                    0 => {}
                    1 => out.push_str("\nThe last rule is not tested.\n"),
                    left => out.push_str(&format!("\nThe last {left} rules are not tested.\n")),
                }
                let always =
                    |source: &Source<'_>| source.rule.exact && source.rule.conditions.is_empty();
                if !list.iter().any(always) {
                    let default = self.action(self.compiled.policy.default);
                    out.push_str(&format!(
                        "\nIf no rule matches, the answer is the default: {default}\n"
                    ));
                }
                return answer;
            }
        }
        self.default(sofar, out)
    }

    /// Shows a rule with the outcome of each condition.
    fn place(&self, source: &Source<'_>, abi: Abi, data: &SeccompData, out: &mut String) {
        let named = Call { abi, nr: data.nr };
        let conditions = &source.rule.conditions;
        let outcomes = conditions
            .iter()
            .map(|condition| outcome(named, condition, data));
        let name_label = match source.subcall {
            Some(_) => outcomes.clone().collect::<Vec<_>>().join(", "),
            None => String::new(),
        };
        let mut marks = vec![Mark {
            span: source.name.span,
            label: name_label,
        }];
        let action = source.entry.action;
        if action.value != source.rule.action && !source.is_rest {
            marks.push(Mark {
                span: action.span,
                label: changed(action.value, source.rule.action),
            });
        }
        let outcomes = source.args.iter().zip(outcomes);
        marks.extend(outcomes.map(|(arg, label)| Mark {
            span: arg.span,
            label,
        }));
        let place = self.text.place(source.name.span);
        let entry = &source.entry.path.0;
        out.push_str(&format!("  --> {place}, {entry}\n"));
        out.push_str(&self.text.snippet(&mut marks, self.paint));
    }

    /// Shows the default action, for a call without an answer from the rules.
    fn default(&self, sofar: Sofar, out: &mut String) -> Action {
        let default = self.compiled.policy.default;
        let written = self.compiled.profile.default_action;
        out.push_str(&format!(
            "\n{} {}\n",
            self.paint.bold("The default action:"),
            self.action(default)
        ));
        if let Some(action) = self.options.default_action {
            let changed = changed(action, default);
            let text = format!("   {action} by the option `default_action` {changed}");
            out.push_str(&format!("{}\n", text.trim_end()));
        } else {
            let mut marks = [Mark {
                span: written.span,
                label: changed(written.value, default),
            }];
            out.push_str(&format!("  --> {}\n", self.text.place(written.span)));
            out.push_str(&self.text.snippet(&mut marks, self.paint));
        }
        match sofar {
            Sofar::AtMost(action) | Sofar::Is(action) => {
                let answer = action.stricter(default);
                out.push_str(&format!(
                    "\nThe stricter of {} and {} is {}.\n",
                    self.action(action),
                    self.action(default),
                    self.action(answer)
                ));
                answer
            }
            Sofar::Open => default,
        }
    }
}

/// The outcome of a condition for an argument: `family == AF_UNIX: no, family is AF_INET`.
fn outcome(call: Call, condition: &Condition, data: &SeccompData) -> String {
    let whole = data.args[usize::from(condition.arg)];
    let seen = whole & condition.width.max();
    let holds = if condition.test.holds(seen) {
        "yes"
    } else {
        "no"
    };
    let value = match condition.test {
        Test::Masked { mask, .. } => seen & mask,
        _ => seen,
    };
    let cut = if seen == whole {
        String::new()
    } else {
        format!(", the low half of {whole:#x}")
    };
    let (asked, subject) = (call.condition(condition), call.subject(condition));
    let value = call.value(condition, value);
    format!("{asked}: {holds}, {subject} is {value}{cut}")
}

/// Says which option changed an action.
fn changed(written: Action, meant: Action) -> String {
    if written == meant {
        String::new()
    } else {
        format!("{meant} by the option `deny_action`")
    }
}
