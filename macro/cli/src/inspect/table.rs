//! Policy → every call with its answer, one line each.
//!
//! Calls with rules come first, then calls with the default, both sorted by number; then numbers
//! without a call, and other ABIs. Only the last column contains spaces.

use seccomp_profile_compiler::linux::abi::{Abi, X32_BIT};
use seccomp_profile_compiler::linux::action::Action;
use seccomp_profile_compiler::linux::syscalls;
use seccomp_profile_compiler::policy::{AbiRules, Policy};
use seccomp_profile_compiler::{Compiled, Options};

use super::phrase::Call;
use super::snippet::Text;
use super::source::sources;
use crate::paint::Paint;

/// One line. Of several rules of a call the first one has the call's columns.
struct Row {
    cells: [String; 4],
    action: Action,
    when: String,
    stands_back: bool,
}

const HEAD: [&str; 4] = ["call", "number", "since", "line"];

/// Writes the answers of a policy.
pub(crate) fn table(
    compiled: &Compiled,
    options: &Options,
    text: &Text<'_>,
    paint: Paint,
) -> String {
    let default_line = match options.default_action {
        Some(_) => "option".into(),
        None => text.short(compiled.profile.default_action.span),
    };
    let policy = &compiled.policy;
    let table = Table {
        compiled,
        policy,
        text,
        default_line,
    };
    let mut sections: Vec<(String, Vec<Row>)> =
        policy.abis.iter().map(|rules| table.abi(rules)).collect();
    sections.push(("every other ABI".into(), vec![table.others()]));

    let rows = || sections.iter().flat_map(|(_, rows)| rows);
    let width = |column: usize| {
        let cells = rows().map(|row| row.cells[column].chars().count());
        cells.chain([HEAD[column].len()]).max().unwrap_or(0)
    };
    let widths = [0, 1, 2, 3].map(width);
    let action_width = rows().map(|row| row.action.to_string().len()).max();
    let action_width = action_width.unwrap_or(0).max("action".len());
    let [call, number, since, line] = HEAD;
    let head = columns([call, number, since, line], widths);
    let head = format!("{head}  {:action_width$}  when", "action");
    let mut out = format!("{}\n", paint.bold(&head));
    for (title, rows) in &sections {
        out.push_str(&format!("\n{}\n", paint.bold(title)));
        for row in rows {
            let cells = columns(row.cells.each_ref().map(String::as_str), widths);
            let action = format!("{:action_width$}", row.action.to_string());
            let action = paint.action(row.action, &action);
            let cells = if row.stands_back {
                paint.dim(&cells)
            } else {
                cells
            };
            let line = format!("{cells}  {action}  {}", row.when);
            out.push_str(line.trim_end());
            out.push('\n');
        }
    }
    out
}

/// Aligns names to the left and numbers to the right.
fn columns([call, number, since, line]: [&str; 4], [a, b, c, d]: [usize; 4]) -> String {
    format!("{call:a$}  {number:>b$}  {since:>c$}  {line:>d$}")
}

struct Table<'t> {
    compiled: &'t Compiled,
    policy: &'t Policy,
    text: &'t Text<'t>,
    default_line: String,
}

impl Table<'_> {
    fn abi(&self, rules: &AbiRules) -> (String, Vec<Row>) {
        let abi = rules.abi;
        let calls = syscalls::calls(abi);
        let (ruled, plain): (Vec<_>, Vec<_>) = calls
            .iter()
            .partition(|(nr, _)| rules.lists.contains_key(nr));
        let title = format!(
            "{abi}: {} calls, {} with rules, {} with the default",
            calls.len(),
            ruled.len(),
            plain.len()
        );
        let mut rows = Vec::new();
        for (nr, name) in ruled {
            rows.extend(self.ruled(abi, nr, name));
        }
        for (nr, name) in plain {
            let since = syscalls::since(name).unwrap_or("-");
            let cells = [name, &nr.to_string(), since, &self.default_line];
            rows.push(Row {
                stands_back: true,
                ..row(cells, self.policy.default, "default")
            });
        }
        if let Some(newer) = rules.newer {
            // A filter can see 0 in place of a number that is too large for s390's instruction.
            let zero = matches!(abi, Abi::S390 | Abi::S390x);
            let above = format!("{}>{}", if zero { "0," } else { "" }, newer.known);
            let cells = ["(newer)", &above, "-", "option"];
            rows.push(row(cells, newer.action, "newer than the table"));
        }
        let cells = ["(other)", "-", "-", &self.default_line];
        rows.push(row(cells, self.policy.default, "not in the table"));
        (title, rows)
    }

    /// The rules that can decide a call, and the answer if none matches.
    fn ruled(&self, abi: Abi, nr: u32, name: &str) -> Vec<Row> {
        let mut first = true;
        let mut cells = |line: &str| {
            let since = syscalls::since(name).unwrap_or("-");
            let call = [name, &nr.to_string(), since].map(String::from);
            let [call, number, since] = if std::mem::take(&mut first) {
                call
            } else {
                Default::default()
            };
            [call, number, since, line.into()]
        };
        let mut rows = Vec::new();
        for source in sources(self.compiled, abi, nr) {
            let rule = source.rule;
            let mut when = Call { abi, nr }.conditions(&source);
            let always = rule.exact && rule.conditions.is_empty();
            if always && !rows.is_empty() {
                when.push_str("otherwise");
            }
            if !rule.exact {
                when.push_str(", unless a line below is stricter");
            }
            rows.push(Row {
                cells: cells(&self.text.short(source.name.span)),
                action: rule.action,
                when,
                stands_back: false,
            });
            if always {
                return rows;
            }
        }
        rows.push(Row {
            cells: cells(&self.default_line),
            action: self.policy.default,
            when: "otherwise, default".into(),
            stands_back: false,
        });
        rows
    }

    /// The answer to calls of other ABIs.
    fn others(&self) -> Row {
        let set: Vec<Abi> = self.policy.abis.iter().map(|rules| rules.abi).collect();
        let family = self.policy.target.family().iter();
        let near: Vec<String> = family
            .filter(|abi| !set.contains(abi))
            .map(|abi| match abi {
                Abi::X32 if set.contains(&Abi::X86_64) => {
                    format!("x32 (numbers from {X32_BIT:#x})")
                }
                Abi::X86_64 if set.contains(&Abi::X32) => {
                    format!("x86_64 (numbers below {X32_BIT:#x})")
                }
                _ => abi.to_string(),
            })
            .collect();
        let when = match near.as_slice() {
            [] => String::new(),
            near => format!("also {}", near.join(", ")),
        };
        row(["(any)", "-", "-", "-"], self.policy.bad_arch, &when)
    }
}

fn row(cells: [&str; 4], action: Action, when: &str) -> Row {
    Row {
        cells: cells.map(String::from),
        action,
        when: when.into(),
        stands_back: false,
    }
}
