//! Command line → the profile, its options, and what to show.

use lexopt::prelude::*;
use seccomp_profile_compiler::options::Setting;
use seccomp_profile_compiler::{Abi, Options};

use crate::Failure;
use crate::call::number;
use crate::phrase::plain;

pub(crate) const USAGE: &str = "\
usage: inspect [OPTIONS] PROFILE

Compiles PROFILE and shows what it means on a target, the program that it
becomes, or the answer to one call.

  --target NAME            the ABI of the program to confine (default: this
                           host): an OCI architecture in lower case without
                           SCMP_ARCH_, or the first part of a Rust target
                           (x32 is always x32)
  --capabilities A,B       the capabilities that the process can have (\"\" for
                           none), for the profile's `includes` and `excludes`
  --kernel VERSION         the oldest kernel to run on, for example 5.10, for
                           the profile's `minKernel`
  --with NAME              add a group, such as abort, or a file with more rules
                           (its path has a `/` or a `.`); again for the next
  --native-only            leave out every other ABI that the profile lists
  --typed-arguments        compare only what the kernel takes of an argument
  --overlap first-match    accept rules that runtimes answer differently: the
                           first one wins
  --unknown-names ignore   leave out names that no architecture has, unless
                           their rule is stricter than the default
  --newer-syscalls ENOSYS  answer calls newer than the syscall table with ENOSYS
  --default-action ACTION  replace the profile's default action
  --deny-action ACTION     replace every action but SCMP_ACT_ALLOW
  --bad-arch-action ACTION the answer to calls of any other ABI
                           (default: SCMP_ACT_KILL_THREAD)
  --allow-notify-write     accept SCMP_ACT_NOTIFY for write
  --reporter               fail unless some calls get SCMP_ACT_TRAP, and the
                           calls of the runtime's reporter are allowed
  --allow LINT, --deny LINT
                           silence a warning, or make it an error
  --weights FILE           how often each call is made, `name weight` a line
  --emit WHAT              what to show of the program and the profile:
    listing                the program (default)
    table                  the answer to each call, and the line that gives it
    dot                    the program as a graph, for graphviz
    raw                    the program as seccomp(2) takes it: 8 bytes for each
                           instruction, in the target's byte order
    stats                  how many instructions it has, and how many of them a
                           call executes: the mean over all calls, hot_mean over
                           the calls that servers make most, and the worst
    flags                  the profile's flags, as the number seccomp(2) takes
  --explain CALL [ARG…]    why one call gets its answer: the rules, and the path
                           through the program; CALL is a name or number, with
                           another ABI before it: x86:socketcall
  --decide CALL [ARG…]     the answer alone
  --decide-raw AUDIT_ARCH NR [ARG…]
                           the same by the numbers that a filter sees:
                           0xc000003e 41 2 is socket(2, …) on x86_64
  --decide-file FILE       the same for each line of a file (- is standard
                           input), in either form: a line that begins with a
                           number is AUDIT_ARCH NR [ARG…]

An ACTION is named as in profiles; SCMP_ACT_ERRNO(38) has the errno too.
Numbers are decimal or begin with 0x. On a terminal the output has colours,
unless NO_COLOR is set. Exit status: 0; 1 if the profile or a query is wrong;
2 for wrong usage.
";

/// Other names of ABIs: first parts of Rust targets, and names that other tools use.
const ALIASES: [(&str, Abi); 18] = [
    ("amd64", Abi::X86_64),
    ("i386", Abi::X86),
    ("i586", Abi::X86),
    ("i686", Abi::X86),
    ("arm64", Abi::Aarch64),
    ("armv4t", Abi::Arm),
    ("armv5te", Abi::Arm),
    ("armv7", Abi::Arm),
    ("thumbv7neon", Abi::Arm),
    ("mips64el", Abi::Mipsel64),
    ("mipsisa32r6", Abi::Mips),
    ("mipsisa32r6el", Abi::Mipsel),
    ("mipsisa64r6", Abi::Mips64),
    ("mipsisa64r6el", Abi::Mipsel64),
    ("powerpc", Abi::Ppc),
    ("powerpc64", Abi::Ppc64),
    ("powerpc64le", Abi::Ppc64le),
    ("riscv64gc", Abi::Riscv64),
];

/// What `--emit` can show.
#[derive(Clone, Copy)]
pub(crate) enum Emit {
    Listing,
    Table,
    Dot,
    Raw,
    Stats,
    Flags,
}

const EMITTED: [(&str, Emit); 6] = [
    ("listing", Emit::Listing),
    ("table", Emit::Table),
    ("dot", Emit::Dot),
    ("raw", Emit::Raw),
    ("stats", Emit::Stats),
    ("flags", Emit::Flags),
];

pub(crate) enum Question {
    Emit(Emit),
    Explain(Vec<String>),
    Decide(Vec<String>),
    DecideRaw(Vec<String>),
    DecideFile(String),
}

pub(crate) struct Command {
    pub(crate) profile: String,
    pub(crate) target: Abi,
    pub(crate) options: Options,
    pub(crate) weights: Option<String>,
    /// Groups and files.
    pub(crate) with: Vec<String>,
    pub(crate) question: Question,
}

/// Reads the command line; `None` if it asks for help.
pub(crate) fn command() -> Result<Option<Command>, Failure> {
    let usage = |error: lexopt::Error| Failure::Usage(error.to_string());
    let mut parser = lexopt::Parser::from_env();
    let mut profile = None;
    let mut target = None;
    let mut options = Options::default();
    let mut weights = None;
    let mut with = Vec::new();
    let mut question = Question::Emit(Emit::Listing);
    while let Some(argument) = parser.next().map_err(usage)? {
        match argument {
            Long("target") => target = Some(abi(&word(&mut parser)?)?),
            Long("capabilities") => {
                let names = word(&mut parser)?;
                let names = names
                    .split(',')
                    .filter(|name| !name.is_empty())
                    .map(String::from);
                set(&mut options, "capabilities", Setting::List(names.collect()))?;
            }
            Long(key @ ("native-only" | "typed-arguments" | "allow-notify-write" | "reporter")) => {
                let key = key.replace('-', "_");
                set(&mut options, &key, Setting::Bool(true))?;
            }
            Long(lints @ ("allow" | "deny")) => {
                let key = lints.to_string();
                set(&mut options, &key, Setting::List(vec![word(&mut parser)?]))?;
            }
            Long(
                key @ ("kernel" | "overlap" | "unknown-names" | "newer-syscalls" | "default-action"
                | "deny-action" | "bad-arch-action"),
            ) => {
                let key = key.replace('-', "_");
                set(&mut options, &key, Setting::Word(word(&mut parser)?))?;
            }
            Long("with") => with.push(word(&mut parser)?),
            Long("weights") => weights = Some(word(&mut parser)?),
            Long("emit") => {
                let what = word(&mut parser)?;
                let known = EMITTED.iter().find(|(name, _)| *name == what);
                let Some((_, emit)) = known else {
                    let known = EMITTED.map(|(name, _)| name).join(", ");
                    let message = format!("--emit takes one of {known}, not `{what}`");
                    return Err(Failure::Usage(message));
                };
                question = Question::Emit(*emit);
            }
            Long("decide-file") => question = Question::DecideFile(word(&mut parser)?),
            Long(name @ ("explain" | "decide" | "decide-raw")) => {
                let ask = match name {
                    "explain" => Question::Explain,
                    "decide" => Question::Decide,
                    _ => Question::DecideRaw,
                };
                let words: Result<Vec<String>, _> = parser
                    .values()
                    .map_err(usage)?
                    .map(|word| word.into_string())
                    .collect();
                let mut words = words.map_err(|_| Failure::Usage("not UTF-8".into()))?;
                // The profile comes last, after the numbers.
                if profile.is_none() && words.len() > 1 {
                    let last_is_profile = words.last().is_some_and(|word| number(word).is_none());
                    profile = if last_is_profile { words.pop() } else { None };
                }
                question = ask(words);
            }
            Long("help") | Short('h') => return Ok(None),
            Value(path) if profile.is_none() => {
                profile = Some(
                    path.into_string()
                        .map_err(|_| Failure::Usage("not UTF-8".into()))?,
                );
            }
            other => return Err(usage(other.unexpected())),
        }
    }
    let target = match target {
        Some(target) => target,
        None => abi(host())?,
    };
    let profile =
        profile.ok_or_else(|| Failure::Usage("the path of a profile is missing".into()))?;
    Ok(Some(Command {
        profile,
        target,
        options,
        weights,
        with,
        question,
    }))
}

/// The ABI of this program, by the name that the compiler has for it.
fn host() -> &'static str {
    let little = cfg!(target_endian = "little");
    let wide = cfg!(target_pointer_width = "64");
    match (std::env::consts::ARCH, little, wide) {
        ("x86_64", _, false) => "x32",
        ("powerpc64", true, _) => "ppc64le",
        ("mips" | "mips32r6", true, _) => "mipsel",
        ("mips32r6", false, _) => "mips",
        ("mips64" | "mips64r6", true, true) => "mipsel64",
        ("mips64" | "mips64r6", true, false) => "mipsel64n32",
        ("mips64" | "mips64r6", false, false) => "mips64n32",
        ("mips64r6", false, true) => "mips64",
        (other, ..) => other,
    }
}

fn word(parser: &mut lexopt::Parser) -> Result<String, Failure> {
    let word = parser
        .value()
        .map_err(|error| Failure::Usage(error.to_string()))?;
    word.into_string()
        .map_err(|_| Failure::Usage("an argument is not UTF-8".into()))
}

pub(crate) fn abi(name: &str) -> Result<Abi, Failure> {
    let alias = || ALIASES.iter().find(|(alias, _)| *alias == name);
    let abi = Abi::from_name(name).or_else(|| Some(alias()?.1));
    abi.ok_or_else(|| {
        let name = plain(name);
        let names = Abi::ALL.map(Abi::name).join(", ");
        let aliases = ALIASES.map(|(alias, _)| alias).join(", ");
        Failure::Usage(format!(
            "no target `{name}`; there are {names}, and for some of them {aliases}"
        ))
    })
}

fn set(options: &mut Options, key: &str, value: Setting) -> Result<(), Failure> {
    options
        .set(key, &value)
        .map_err(|error| Failure::Usage(format!("{}; {}", error.message, error.label)))
}
