//! `--emit table`: what it says of every call is what the policy decides.

use seccomp_profile_compiler::Abi;
use seccomp_profile_compiler::linux::action::Action;
use seccomp_profile_compiler::linux::data::SeccompData;
use seccomp_profile_compiler::linux::{arguments, constants, syscalls};
use seccomp_profile_compiler::policy::Rule;
use seccomp_profile_compiler::policy::probe::Probes;

use super::{CASES, answer, compiled, golden, root};

fn table(path: &str, target: Abi) -> String {
    answer(&["--target", target.name(), "--emit", "table", path])
}

/// The lines of one call.
struct Call {
    nr: u32,
    name: String,
    since: String,
    rows: Vec<Row>,
}

struct Row {
    line: String,
    action: String,
    when: String,
}

/// Reads a table: calls by ABI, then what it says of all others.
fn read(table: &str) -> Vec<(String, Vec<Call>)> {
    let head = table.lines().next().unwrap();
    let action_at = head.find("action").unwrap();
    let when_at = head.find("when").unwrap();
    let mut sections: Vec<(String, Vec<Call>)> = Vec::new();
    let mut title = false;
    for line in table.lines().skip(1) {
        if line.is_empty() {
            title = true;
        } else if std::mem::take(&mut title) {
            let abi = line.split(':').next().unwrap();
            sections.push((abi.into(), Vec::new()));
        } else {
            let calls = &mut sections.last_mut().unwrap().1;
            let cells: Vec<&str> = line[..action_at].split_whitespace().collect();
            if let [name, nr, since, _] = cells[..] {
                calls.push(Call {
                    nr: nr.parse().unwrap_or(u32::MAX),
                    name: name.into(),
                    since: since.into(),
                    rows: Vec::new(),
                });
            }
            let when = line.get(when_at..).unwrap_or_default();
            calls.last_mut().unwrap().rows.push(Row {
                line: cells.last().unwrap().to_string(),
                action: line[action_at..].split(' ').next().unwrap().into(),
                when: when.into(),
            });
        }
    }
    sections
}

/// How many calls a table shows of an ABI.
pub(super) fn calls(table: &str, abi: Abi) -> usize {
    let sections = read(table);
    let section = sections.iter().find(|(title, _)| title == abi.name());
    let calls = section.unwrap().1.iter();
    calls.filter(|call| !call.name.starts_with('(')).count()
}

fn number(word: &str) -> u64 {
    match word.strip_prefix("0x") {
        Some(hex) => u64::from_str_radix(hex, 16).unwrap(),
        None => word.parse().unwrap(),
    }
}

/// The number of a word of a condition: `1`, `0x11`, `(O_RDWR|0x10)`.
fn operand(word: &str, abi: Abi) -> u64 {
    let parts = word.trim_matches(['(', ')']).split('|');
    let value = |part: &str| constants::value(abi, part).unwrap_or_else(|| number(part));
    parts.fold(0, |all, part| all | value(part))
}

/// The register of an argument: `family`, `args[3]` where the call has none.
fn register(word: &str, abi: Abi, call: &str) -> usize {
    let signature = arguments::of(abi, call);
    let named = |at: &usize| {
        let argument = signature.and_then(|signature| signature.get(*at));
        argument.is_some_and(|argument| argument.name == word)
    };
    let index = || word.strip_prefix("args[")?.strip_suffix(']')?.parse().ok();
    let found = (0..arguments::REGISTERS).find(named).or_else(index);
    found.unwrap_or_else(|| panic!("no argument of {call}: {word}"))
}

/// The conditions of a line, and the call behind a multiplexer.
fn parts(when: &str) -> (&str, Option<&str>) {
    let when = when.split(", ").next().unwrap();
    match when
        .strip_suffix(')')
        .and_then(|when| when.rsplit_once(" ("))
    {
        Some((conditions, subcall)) => (conditions, Some(subcall)),
        None => (when, None),
    }
}

/// Whether `family == AF_UNIX and args[2] & 0xff == 3 (…), …` is true.
fn holds(when: &str, args: [u64; 6], abi: Abi, call: &str) -> bool {
    let when = when.split(", ").next().unwrap();
    let when = match when
        .strip_suffix(')')
        .and_then(|when| when.rsplit_once(" ("))
    {
        Some((when, _)) => when,
        None => when,
    };
    if ["", "otherwise", "default"].contains(&when) {
        return true;
    }
    when.split(" and ").all(|condition| {
        let words: Vec<&str> = condition.split(' ').collect();
        let (arg, mask, sign, value) = match words[..] {
            [arg, "&", mask, sign, value] => (arg, operand(mask, abi), sign, value),
            [arg, sign, value] => (arg, u64::MAX, sign, value),
            _ => panic!("no condition: {condition}"),
        };
        let width = abi.width().max();
        let arg = args[register(arg, abi, call)] & width & mask;
        let value = operand(value, abi) & width;
        match sign {
            "==" => arg == value,
            "!=" => arg != value,
            "<" => arg < value,
            "<=" => arg <= value,
            ">" => arg > value,
            ">=" => arg >= value,
            _ => panic!("no comparison: {condition}"),
        }
    })
}

fn action(word: &str) -> Action {
    let number = |rest: &str| rest.strip_suffix(')').unwrap().parse().unwrap();
    match word.split_once('(') {
        Some(("ERRNO", rest)) => Action::Errno(number(rest)),
        Some(("TRACE", rest)) => Action::Trace(number(rest)),
        _ => {
            let plain = [
                Action::KillProcess,
                Action::KillThread,
                Action::Trap,
                Action::Notify,
                Action::Log,
                Action::Allow,
            ];
            let known = plain.into_iter().find(|action| action.to_string() == word);
            known.unwrap_or_else(|| panic!("no action: {word}"))
        }
    }
}

/// What a reader of the table would say.
fn read_off(call: &Call, args: [u64; 6], abi: Abi) -> Action {
    let mut strictest = Action::Allow;
    let rows = call.rows.iter();
    for row in rows.filter(|row| holds(&row.when, args, abi, &call.name)) {
        strictest = strictest.stricter(action(&row.action));
        if !row.when.contains("unless a line below is stricter") {
            return strictest;
        }
    }
    panic!("no line answers");
}

#[test]
fn every_call_is_there_with_its_answer() {
    for (path, target) in CASES {
        let policy = compiled(path, target).policy;
        let text = std::fs::read_to_string(root().join(path)).unwrap();
        let sections = read(&table(path, target));
        assert_eq!(sections.len(), policy.abis.len() + 1, "{path}");
        let mut asked = 0;
        for ((title, calls), rules) in sections.iter().zip(&policy.abis) {
            let abi = rules.abi;
            assert_eq!(*title, abi.name());
            let (calls, other) = calls.split_at(calls.len() - 1);
            assert_eq!(other[0].name, "(other)");
            assert_eq!(action(&other[0].rows[0].action), policy.default);
            let mut shown: Vec<_> = calls.iter().map(|call| (call.nr, &*call.name)).collect();
            shown.sort_unstable();
            assert_eq!(shown, syscalls::calls(abi), "{path} {abi}");
            for call in calls {
                let since = syscalls::since(&call.name).unwrap_or("-");
                assert_eq!(call.since, since, "{}", call.name);
                for row in &call.rows {
                    named_there(&text, abi, call, row);
                }
                let none: &[Rule] = &[];
                let list = rules.lists.get(&call.nr).map_or(none, Vec::as_slice);
                for args in Probes::new(list, abi).all() {
                    let data = SeccompData {
                        nr: call.nr,
                        arch: abi.token(),
                        args,
                        ..SeccompData::default()
                    };
                    let decided = policy.decide(&data);
                    let said = read_off(call, args, abi);
                    assert_eq!(said, decided, "{path} {abi} {} {args:x?}", call.name);
                    asked += 1;
                }
            }
        }
        let others = &sections.last().unwrap().1[0].rows[0];
        assert_eq!(action(&others.action), policy.bad_arch);
        assert!(asked > 300, "{path}: {asked}");
    }
}

/// The line of a rule has the call's name in it, or another name of its number, or the one that a
/// multiplexer is asked for; the line of the default its own.
fn named_there(text: &str, abi: Abi, call: &Call, row: &Row) {
    let line = text.lines().nth(row.line.parse::<usize>().unwrap() - 1);
    let line = line.unwrap_or_default();
    if row.when.contains("default") {
        return assert!(line.contains("\"defaultAction\""), "{line}");
    }
    let named = |name: &str| line.contains(&format!("\"{name}\""));
    let found = match parts(&row.when).1 {
        Some(subcall) => named(subcall),
        None => syscalls::names().any(|name| {
            let same = syscalls::number(abi, name) == Some(call.nr);
            same && named(name)
        }),
    };
    assert!(found, "{}: {line}", call.name);
}

#[test]
fn options_are_seen() {
    let path = "tests/profiles/inspect-rules.json";
    let of = |options: &[&str]| {
        let words = ["--target", "x86_64", "--emit", "table", path];
        read(&answer(&[options, &words].concat()))
    };
    let row = |sections: &[(String, Vec<Call>)], name: &str| {
        let call = sections[0].1.iter().find(|call| call.name == name);
        let row = &call.unwrap().rows[0];
        format!("{} {}", row.action, row.line)
    };
    let plain = of(&[]);
    assert_eq!(row(&plain, "open"), "ERRNO(38) 2");
    let newer = of(&[
        "--newer-syscalls",
        "ENOSYS",
        "--deny-action",
        "SCMP_ACT_LOG",
    ]);
    assert_eq!(row(&newer, "open"), "LOG 2");
    assert_eq!(row(&newer, "(other)"), "LOG 2");
    assert_eq!(row(&newer, "ptrace"), "LOG 34");
    let default = of(&["--default-action", "SCMP_ACT_ALLOW"]);
    assert_eq!(row(&default, "open"), "ALLOW option");
    let newer = of(&["--newer-syscalls", "ENOSYS"]);
    assert_eq!(row(&newer, "(newer)"), "ERRNO(38) option");
}

/// Without the calls that get the default: a new line of the syscall table changes nothing here.
#[test]
fn tables_are_these() {
    for (name, target, path) in [
        (
            "rules.table",
            Abi::X86_64,
            "tests/profiles/inspect-rules.json",
        ),
        (
            "multiplexed.table",
            Abi::S390x,
            "tests/profiles/inspect-multiplexed.json",
        ),
        (
            "abis.table",
            Abi::X86_64,
            "tests/profiles/install-abis.json",
        ),
    ] {
        let table = table(path, target);
        let kept = table.lines().filter(|line| !line.ends_with("  default"));
        let lines: Vec<&str> = kept.map(|line| line.split(':').next().unwrap()).collect();
        golden(name, &(lines.join("\n") + "\n"));
    }
}

/// The JSON has every call, with the answers and conditions of the text.
#[test]
fn scripts_get_the_same_table() {
    let path = "tests/profiles/inspect-rules.json";
    let words = ["--target", "x86_64", "--emit", "table", path];
    let json = answer(&[&words[..], &["--json"]].concat());
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let sections = read(&answer(&words));
    let named = |call: &&Call| call.nr != u32::MAX;
    let calls: Vec<&Call> = sections[0].1.iter().filter(named).collect();
    let listed = json["abis"][0]["calls"].as_array().unwrap();
    assert_eq!(listed.len(), calls.len());
    for call in calls {
        let mut same = listed.iter().filter(|listed| listed["call"] == *call.name);
        let listed = same.next().unwrap();
        assert_eq!(listed["number"], call.nr);
        let rules = listed["rules"].as_array().unwrap().iter();
        let actions = rules.map(|rule| rule["action"].as_str().unwrap());
        let mut actions: Vec<&str> = actions.collect();
        if actions.len() < call.rows.len() {
            actions.push(listed["otherwise"].as_str().unwrap());
        }
        let rows: Vec<&str> = call.rows.iter().map(|row| &*row.action).collect();
        assert_eq!(actions, rows, "{}", call.name);
    }
    let stats = answer(&["--target", "x86_64", "--emit", "stats", "--json", path]);
    let stats: serde_json::Value = serde_json::from_str(&stats).unwrap();
    assert!(stats["instructions"].as_u64().unwrap() > 10 && stats["hotMean"].is_f64());
}
