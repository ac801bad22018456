//! A line with a SECCOMP record → what it says about one call.
//!
//! The kernel writes the fields in one order (`kernel/auditsc.c: audit_seccomp`). It quotes `comm`
//! and `exe`, or writes them as hexadecimal digits if they contain a space, a quote or a control
//! character. `ausearch -i` writes them as they are, and names in place of numbers. Then a program
//! can choose a name that looks like other fields. So the fields behind `exe` are searched from the
//! end of the line.

use seccomp_profile_compiler::Abi;
use seccomp_profile_compiler::linux::action::Action;
use seccomp_profile_compiler::linux::syscalls;

use crate::options;

/// What a record says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Record {
    /// The time and the number of the event, the same in every copy of the record.
    pub(super) event: Option<String>,
    pub(super) pid: Option<u32>,
    /// The name of the thread.
    pub(super) comm: Option<String>,
    pub(super) exe: Option<String>,
    /// The audit token.
    pub(super) arch: u32,
    pub(super) nr: u32,
    /// The address of the instruction after the call.
    pub(super) ip: Option<u64>,
    pub(super) action: Option<Logged>,
}

/// An action in a record: it does not have the number of ERRNO or TRACE.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Logged {
    Is(Action),
    /// `ausearch -i` writes `kill` for both.
    Kill,
}

impl Logged {
    /// Returns whether the record can be of this action.
    pub(super) fn can_be(self, action: Action) -> bool {
        match self {
            Logged::Is(logged) => logged.rank() == action.rank(),
            Logged::Kill => matches!(action, Action::KillProcess | Action::KillThread),
        }
    }

    /// Returns the name of the action.
    pub(super) fn name(self) -> &'static str {
        match self {
            Logged::Is(action) => action.oci_name().trim_start_matches("SCMP_ACT_"),
            Logged::Kill => "KILL",
        }
    }

    /// Returns an action to choose the colour by.
    pub(super) fn action(self) -> Action {
        match self {
            Logged::Is(action) => action,
            Logged::Kill => Action::KillThread,
        }
    }
}

/// Reads a line. `None` if it is no SECCOMP record, an error if the record lacks the call.
pub(super) fn read(line: &str) -> Option<Result<Record, String>> {
    let (event, fields) = fields(line)?;
    // The daemon appends names in capitals behind this separator (`log_format = ENRICHED`).
    let fields = fields.split('\u{1d}').next().unwrap_or_default();
    Some(record(event, fields))
}

/// The event and the fields of a SECCOMP record.
fn fields(line: &str) -> Option<(Option<String>, &str)> {
    // The first type counts: another record can have this text in a later field.
    let kind = line
        .match_indices("type=")
        .find(|(at, _)| *at == 0 || line.as_bytes()[at - 1] == b' ' || line[..*at].ends_with(';'));
    if let Some((at, key)) = kind {
        let (kind, rest) = line[at + key.len()..].split_once(' ')?;
        if !matches!(kind, "1326" | "SECCOMP" | "UNKNOWN[1326]") {
            return None;
        }
        let (head, fields) = rest.split_once("):").or_else(|| rest.split_once(") :"))?;
        let event = head
            .split_once("audit(")
            .map(|(_, event)| event.to_string());
        return Some((event, fields));
    }
    // The journal's own copy.
    for kind in ["SECCOMP ", "AUDIT1326 "] {
        if let Some(fields) = line.strip_prefix(kind) {
            return Some((None, fields));
        }
        let before = line.find("]: ").map(|at| line.split_at(at + "]: ".len()));
        if let Some(fields) = before.and_then(|(_, rest)| rest.strip_prefix(kind)) {
            return Some((None, fields));
        }
    }
    None
}

fn record(event: Option<String>, fields: &str) -> Result<Record, String> {
    let (names, numbers) = match fields.rfind(" sig=").or_else(|| fields.rfind(" arch=")) {
        Some(at) => fields.split_at(at),
        None => (fields, fields),
    };
    let number = |key: &str| {
        let mut words = numbers.split_whitespace().rev();
        words.find_map(|word| word.strip_prefix(key)?.strip_prefix('='))
    };
    let arch = number("arch").ok_or("no field `arch`")?;
    let interpreted = u32::from_str_radix(arch, 16).is_err();
    let arch = token(arch).ok_or_else(|| format!("no architecture `{arch}`"))?;
    let call = number("syscall").ok_or("no field `syscall`")?;
    let nr = call_number(arch, call).ok_or_else(|| format!("no call `{call}`"))?;
    let pid = names
        .split_whitespace()
        .find_map(|word| word.strip_prefix("pid="));
    let (comm, exe) = match names.split_once(" comm=") {
        Some((_, names)) => match names.split_once(" exe=") {
            Some((comm, exe)) => (Some(comm), Some(exe)),
            None => (Some(names), None),
        },
        None => (None, names.split_once(" exe=").map(|(_, exe)| exe)),
    };
    let name = |text: Option<&str>| name(text?.trim(), interpreted);
    Ok(Record {
        event,
        pid: pid.and_then(|pid| pid.parse().ok()),
        comm: name(comm),
        exe: name(exe),
        arch,
        nr,
        ip: number("ip").and_then(|ip| u64::from_str_radix(ip.strip_prefix("0x")?, 16).ok()),
        action: match number("code") {
            Some(code) => action(code),
            // Before Linux 3.10 only a kill made a record.
            None => matches!(number("sig"), Some("31" | "SIGSYS")).then_some(Logged::Kill),
        },
    })
}

/// Reads an audit token in hexadecimal, or the name of an architecture.
fn token(word: &str) -> Option<u32> {
    let word = inner(word);
    match u32::from_str_radix(word, 16) {
        Ok(token) => Some(token),
        Err(_) => Some(options::abi(word).ok()?.token()),
    }
}

/// Reads a number, or the name of a call on the ABIs of an audit token.
fn call_number(arch: u32, word: &str) -> Option<u32> {
    let number = inner(word).parse::<i64>();
    if let Ok(number) = number {
        let signed = i32::try_from(number).map(|number| number as u32);
        return signed.or_else(|_| u32::try_from(number)).ok();
    }
    // `socketcall(bind)` is the call `socketcall`.
    let name = word.split('(').next().unwrap_or_default();
    let mut abis = Abi::ALL.into_iter().filter(|abi| abi.token() == arch);
    abis.find_map(|abi| syscalls::number(abi, name))
}

/// What is in parentheses: `unknown-syscall(999)`.
fn inner(word: &str) -> &str {
    let between = word
        .split_once('(')
        .and_then(|(_, rest)| rest.strip_suffix(')'));
    between.unwrap_or(word)
}

fn action(code: &str) -> Option<Logged> {
    if let Some(hex) = code.strip_prefix("0x") {
        let word = u32::from_str_radix(hex, 16).ok()?;
        return Action::from_word(word & 0xffff_0000).map(Logged::Is);
    }
    Some(Logged::Is(match code.replace('_', "-").as_str() {
        "kill-process" => Action::KillProcess,
        "kill" => return Some(Logged::Kill),
        "kill-thread" => Action::KillThread,
        "trap" => Action::Trap,
        "errno" => Action::Errno(0),
        "user-notif" => Action::Notify,
        "trace" => Action::Trace(0),
        "log" => Action::Log,
        "allow" => Action::Allow,
        _ => return None,
    }))
}

/// Reads the name of a thread or the path of a program.
fn name(text: &str, interpreted: bool) -> Option<String> {
    if let Some(quoted) = text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'))
    {
        return Some(quoted.to_string());
    }
    if matches!(text, "" | "(null)" | "(none)" | "?") {
        return None;
    }
    let bytes = (!interpreted).then(|| decoded(text)).flatten();
    Some(bytes.map_or_else(
        || text.to_string(),
        |bytes| String::from_utf8_lossy(&bytes).into_owned(),
    ))
}

/// Reads hexadecimal digits, two a byte.
fn decoded(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| Some(char::from(byte).to_digit(16)? as u8);
    let pairs = text.as_bytes().chunks_exact(2);
    if !pairs.remainder().is_empty() {
        return None;
    }
    pairs
        .map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELDS: &str = "auid=4294967295 uid=0 gid=0 ses=4294967295 pid=5272 comm=\"deeds\" \
        exe=\"/tmp/deeds\" sig=31 arch=c000003e syscall=82 compat=0 ip=0x7f8791c69a87 \
        code=0x80000000";

    fn deeds(event: Option<&str>) -> Record {
        Record {
            event: event.map(String::from),
            pid: Some(5272),
            comm: Some("deeds".into()),
            exe: Some("/tmp/deeds".into()),
            arch: 0xc000_003e,
            nr: 82,
            ip: Some(0x7f87_91c6_9a87),
            action: Some(Logged::Is(Action::KillProcess)),
        }
    }

    #[test]
    fn every_head_is_read() {
        let event = "audit(1795993027.248:3855):";
        for head in [
            format!("[15346.494683] audit: type=1326 {event} "),
            format!("[Sun Nov 29 23:00:05 2026] audit: type=1326 {event} "),
            format!("audit: type=1326 {event} "),
            format!("type=1326 {event} "),
            format!("kern  :notice: [15346.494683] audit: type=1326 {event} "),
            format!("5,912,9334330208,-;audit: type=1326 {event} "),
            format!("Nov 29 22:59:40 host kernel: audit: type=1326 {event} "),
            format!("type=SECCOMP msg={event} "),
            format!("node=host type=SECCOMP msg={event} "),
            format!("type=UNKNOWN[1326] msg={event} "),
        ] {
            let line = format!("{head}{FIELDS}");
            let wanted = deeds(Some("1795993027.248:3855"));
            assert_eq!(read(&line), Some(Ok(wanted)), "{line}");
        }
        for head in ["SECCOMP ", "Nov 29 22:59:40 host audit[5272]: SECCOMP "] {
            assert_eq!(read(&format!("{head}{FIELDS}")), Some(Ok(deeds(None))));
        }
        let enriched = format!("type=SECCOMP msg={event} {FIELDS}\u{1d}ARCH=x86_64 SYSCALL=rename");
        let read = read(&enriched).unwrap().unwrap();
        assert_eq!(read, deeds(Some("1795993027.248:3855")));
    }

    #[test]
    fn other_records_are_not_taken() {
        for line in [
            "",
            "type=",
            "type=1326",
            "type=SYSCALL msg=audit(1.0:1): arch=c000003e syscall=82 comm=\"type=SECCOMP \"",
            "[    1.0] audit: type=1300 audit(1.0:1): comm=\"a type=1326 audit(1):\"",
        ] {
            assert_eq!(read(line), None, "{line}");
        }
        let without = "type=1326 audit(1.0:1): pid=1 sig=31 arch=c000003e";
        assert_eq!(read(without), Some(Err("no field `syscall`".into())));
    }

    #[test]
    fn names_with_spaces_are_read() {
        let hexadecimal = "type=1326 audit(1:1): pid=7 comm=61206220636F6D6D3D \
            exe=2F612062202864656C6574656429 sig=0 arch=40000028 syscall=983045 code=0x7ffc0000";
        let read_in = |line| read(line).unwrap().unwrap();
        let record = read_in(hexadecimal);
        assert_eq!(record.comm.as_deref(), Some("a b comm="));
        assert_eq!(record.exe.as_deref(), Some("/a b (deleted)"));
        assert_eq!(
            (record.nr, record.action),
            (983_045, Some(Logged::Is(Action::Log)))
        );
        let interpreted = "type=SECCOMP msg=audit(11/29/26 22:59:40.248:3855) : auid=unset \
            uid=root gid=root ses=unset pid=7 comm=a syscall=open exe=/a b sig=9 arch=i386 \
            sig=SIGSYS arch=x86_64 syscall=rename compat=0 ip=0x7f8791c69a87 code=kill-process";
        let record = read_in(interpreted);
        assert_eq!(record.comm.as_deref(), Some("a syscall=open"));
        assert_eq!(record.exe.as_deref(), Some("/a b sig=9 arch=i386"));
        assert_eq!((record.arch, record.nr), (0xc000_003e, 82));
        assert_eq!(record.action, Some(Logged::Is(Action::KillProcess)));
        assert_eq!(record.event.as_deref(), Some("11/29/26 22:59:40.248:3855"));
    }

    #[test]
    fn numbers_without_a_name_are_read() {
        let skipped = "type=1326 audit(1:1): arch=c000003e syscall=-1 code=0x7ffc0000";
        assert_eq!(read(skipped).unwrap().unwrap().nr, u32::MAX);
        let unknown = "type=SECCOMP msg=audit(1:1) : arch=x86_64 syscall=unknown-syscall(9999)";
        assert_eq!(read(unknown).unwrap().unwrap().nr, 9999);
    }
}
