//! Looks at a profile without building a crate around it: what it means on a target, the program
//! it becomes, and how one call is decided.
//!
//! `cargo run -q --example inspect -- [OPTIONS] PROFILE`

use std::io::{Read, Write};
use std::process::ExitCode;

use lexopt::prelude::*;
use seccomp_profile_compiler::bpf::{self, SeccompData};
use seccomp_profile_compiler::lower::Weights;
use seccomp_profile_compiler::options::Setting;
use seccomp_profile_compiler::{
    Abi, Compiled, Errors, Options, compile, json, nearest, stats, syscalls,
};

const USAGE: &str = "\
usage: inspect [OPTIONS] PROFILE

  --target NAME            the ABI of the program to sandbox: x86_64, aarch64, s390x, …
                           (an OCI architecture in lower case without SCMP_ARCH_; default: this host)
  --capabilities A,B       the capabilities that rules of Docker's form ask for (\"\" for none)
  --kernel VERSION         the oldest kernel to run on, which such rules ask for: 5.10
  --native-only            leave out every other ABI that the profile lists
  --overlap first-match    accept rules on which runtimes disagree: the first one wins
  --unknown-names ignore   pass over calls that no architecture has
  --newer-syscalls ENOSYS  answer calls newer than the syscall table with ENOSYS
  --default-action ACTION  the answer to calls without a rule, in place of the profile's
  --deny-action ACTION     what every answer stricter than SCMP_ACT_ALLOW becomes
  --bad-arch-action ACTION the answer to calls of any other ABI (default SCMP_ACT_KILL_THREAD)
  --allow-notify-write     accept SCMP_ACT_NOTIFY for write
  --reporter               require that violations are trapped and can be reported
  --allow LINT, --deny LINT
                           silence a warning, or make it an error
  --weights FILE           how often each call is made, `name weight` a line
  --emit WHAT              listing (default), raw, stats or flags
  --decide CALL [ARG…]     the answer to one call of the target, by name or number
  --decide-raw AUDIT_ARCH NR [ARG…]
  --decide-file FILE       the same for each line of a file (- is standard input)

An ACTION is named as in profiles; SCMP_ACT_ERRNO(38) gives the errno too.
Numbers are decimal or begin with 0x. Exit status: 0; 1 if the profile or a query is wrong; 2 for
wrong usage.
";

/// What `--emit` can show.
const EMITTED: [&str; 4] = ["listing", "raw", "stats", "flags"];

/// Why there is no output.
enum Failure {
    Usage(String),
    Wrong(String),
}

enum Question {
    Emit(String),
    Decide(Vec<String>),
    DecideRaw(Vec<String>),
    DecideFile(String),
}

struct Command {
    profile: String,
    target: Abi,
    options: Options,
    weights: Option<String>,
    question: Question,
}

fn main() -> ExitCode {
    let output = command().and_then(|command| match command {
        Some(command) => answer(&command),
        None => Ok(USAGE.into()),
    });
    match output {
        Ok(output) => match std::io::stdout().write_all(&output) {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        },
        Err(Failure::Usage(message)) => {
            complain(&format!("inspect: {message}\n\n{USAGE}"));
            ExitCode::from(2)
        }
        Err(Failure::Wrong(message)) => {
            complain(&message);
            ExitCode::FAILURE
        }
    }
}

/// Whoever has closed standard error does not want to know.
fn complain(message: &str) {
    let _ = writeln!(std::io::stderr(), "{message}");
}

/// What is asked for; nothing but help, perhaps.
fn command() -> Result<Option<Command>, Failure> {
    let usage = |error: lexopt::Error| Failure::Usage(error.to_string());
    let mut parser = lexopt::Parser::from_env();
    let mut profile = None;
    let mut target = None;
    let mut options = Options::default();
    let mut weights = None;
    let mut question = Question::Emit("listing".into());
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
            Long(key @ ("native-only" | "allow-notify-write" | "reporter")) => {
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
            Long("weights") => weights = Some(word(&mut parser)?),
            Long("emit") => {
                let what = word(&mut parser)?;
                if !EMITTED.contains(&what.as_str()) {
                    let known = EMITTED.join(", ");
                    let message = format!("--emit takes one of {known}, not `{what}`");
                    return Err(Failure::Usage(message));
                }
                question = Question::Emit(what);
            }
            Long("decide-file") => question = Question::DecideFile(word(&mut parser)?),
            Long(name @ ("decide" | "decide-raw")) => {
                let raw = name == "decide-raw";
                let words: Result<Vec<String>, _> = parser
                    .values()
                    .map_err(usage)?
                    .map(|word| word.into_string())
                    .collect();
                let mut words = words.map_err(|_| Failure::Usage("not UTF-8".into()))?;
                // The profile comes last, behind the numbers.
                if profile.is_none() && words.len() > 1 {
                    let last_is_profile = words.last().is_some_and(|word| number(word).is_none());
                    profile = if last_is_profile { words.pop() } else { None };
                }
                question = if raw {
                    Question::DecideRaw(words)
                } else {
                    Question::Decide(words)
                };
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
    let profile = profile.ok_or_else(|| Failure::Usage("no profile is named".into()))?;
    Ok(Some(Command {
        profile,
        target,
        options,
        weights,
        question,
    }))
}

/// The ABI of this program, by the name that the compiler has for it.
fn host() -> &'static str {
    let little = cfg!(target_endian = "little");
    let wide = cfg!(target_pointer_width = "64");
    match (std::env::consts::ARCH, little, wide) {
        ("x86_64", _, false) => "x32",
        ("powerpc", ..) => "ppc",
        ("powerpc64", true, _) => "ppc64le",
        ("powerpc64", false, _) => "ppc64",
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

fn abi(name: &str) -> Result<Abi, Failure> {
    Abi::from_name(name).ok_or_else(|| {
        let names = Abi::ALL.map(Abi::name);
        let near = nearest(name, names).into_iter().next();
        let hint = near.map_or_else(|| names.join(", "), |near| format!("did you mean {near}?"));
        Failure::Usage(format!("no target `{name}`; {hint}"))
    })
}

fn set(options: &mut Options, key: &str, value: Setting) -> Result<(), Failure> {
    options
        .set(key, &value)
        .map_err(|error| Failure::Usage(format!("{}; {}", error.message, error.label)))
}

fn number(word: &str) -> Option<u64> {
    match word.strip_prefix("0x") {
        Some(hex) => u64::from_str_radix(hex, 16).ok(),
        None => word.parse().ok(),
    }
}

fn answer(command: &Command) -> Result<Vec<u8>, Failure> {
    let mut options = command.options.clone();
    if let Some(path) = &command.weights {
        let bytes = read(path)?;
        let text = text(path, &bytes)?;
        options.weights = Weights::parse(text).map_err(|errors| wrong(path, text, errors))?;
    }
    let bytes = read(&command.profile)?;
    let text = text(&command.profile, &bytes)?;
    let compiled = compile(text, command.target, &options)
        .map_err(|errors| wrong(&command.profile, text, errors))?;
    for warning in &compiled.warnings {
        complain(&format!(
            "{}\n",
            warning.render_warning(&command.profile, text)
        ));
    }
    match &command.question {
        Question::Emit(what) => emit(what, &compiled),
        Question::Decide(words) => decide(&compiled, command.target, words).map(line),
        Question::DecideRaw(words) => decide_raw(&compiled, words).map(line),
        Question::DecideFile(path) => {
            let queries = if path == "-" {
                let mut queries = String::new();
                let read = std::io::stdin().read_to_string(&mut queries);
                read.map_err(|error| Failure::Wrong(format!("standard input: {error}")))?;
                queries
            } else {
                self::text(path, &read(path)?)?.to_string()
            };
            let mut output = Vec::new();
            for (i, query) in queries.lines().enumerate() {
                let words: Vec<String> = query.split_whitespace().map(String::from).collect();
                if words.is_empty() {
                    continue;
                }
                let answer = decide_raw(&compiled, &words).map_err(|failure| match failure {
                    Failure::Wrong(message) | Failure::Usage(message) => {
                        Failure::Wrong(format!("{path}:{}: {message}", i + 1))
                    }
                })?;
                output.extend(line(answer));
            }
            Ok(output)
        }
    }
}

fn read(path: &str) -> Result<Vec<u8>, Failure> {
    std::fs::read(path)
        .map_err(|error| Failure::Wrong(format!("{path}: error[not-found]: {error}")))
}

fn text<'a>(path: &str, bytes: &'a [u8]) -> Result<&'a str, Failure> {
    json::text(bytes).map_err(|error| wrong(path, "", error.into()))
}

fn wrong(path: &str, text: &str, errors: Errors) -> Failure {
    Failure::Wrong(errors.render(path, text).join("\n\n"))
}

fn line(text: String) -> Vec<u8> {
    format!("{text}\n").into_bytes()
}

fn emit(what: &str, compiled: &Compiled) -> Result<Vec<u8>, Failure> {
    let program = &compiled.program;
    Ok(match what {
        "listing" => bpf::listing(program.insns(), program.endian()).into_bytes(),
        "raw" => program.to_bytes(),
        "flags" => line(compiled.policy.flags.to_string()),
        "stats" => {
            let stats = stats::stats(&compiled.policy, program);
            let mut text = format!(
                "instructions {}\nmean {:.2}\nhot_mean {:.2}\nworst {}",
                stats.instructions, stats.mean, stats.hot_mean, stats.worst
            );
            if compiled.simplified {
                text.push_str("\nsimplified 1");
            }
            line(text)
        }
        // Judged with the other options.
        _ => return Err(Failure::Usage(format!("--emit has no `{what}`"))),
    })
}

fn decide(compiled: &Compiled, target: Abi, words: &[String]) -> Result<String, Failure> {
    let Some((call, args)) = words.split_first() else {
        return Err(Failure::Usage("--decide takes a call".into()));
    };
    let nr = match number(call) {
        Some(nr) => u32::try_from(nr).ok(),
        None => syscalls::number(target, call),
    };
    let nr = nr.ok_or_else(|| {
        if syscalls::is_known(call) {
            return Failure::Wrong(format!("`{call}` has no number on {target}"));
        }
        let near = nearest(
            call,
            syscalls::calls(target).into_iter().map(|(_, name)| name),
        );
        let hint = near
            .first()
            .map_or(String::new(), |near| format!("; did you mean `{near}`?"));
        Failure::Wrong(format!("no call `{call}` on {target}{hint}"))
    })?;
    ask(compiled, target.token(), nr, args)
}

fn decide_raw(compiled: &Compiled, words: &[String]) -> Result<String, Failure> {
    let [arch, nr, args @ ..] = words else {
        return Err(Failure::Wrong("a query is AUDIT_ARCH NR [ARG…]".into()));
    };
    let word = |word: &String| {
        let number = number(word).and_then(|number| u32::try_from(number).ok());
        number.ok_or_else(|| Failure::Wrong(format!("`{word}` is no 32-bit number")))
    };
    ask(compiled, word(arch)?, word(nr)?, args)
}

/// The answer of the program, which the compiler has proved to be the policy's.
fn ask(compiled: &Compiled, arch: u32, nr: u32, words: &[String]) -> Result<String, Failure> {
    let mut args = [0; 6];
    if words.len() > args.len() {
        return Err(Failure::Wrong("a call has at most six arguments".into()));
    }
    for (arg, word) in args.iter_mut().zip(words) {
        *arg =
            number(word).ok_or_else(|| Failure::Wrong(format!("`{word}` is no 64-bit number")))?;
    }
    let data = SeccompData {
        nr,
        arch,
        args,
        ..SeccompData::default()
    };
    let program = &compiled.program;
    let answer = bpf::run(program.insns(), &data, program.endian());
    let action = answer
        .ok()
        .and_then(|answer| seccomp_profile_compiler::policy::Action::from_word(answer.word));
    let wanted = compiled.policy.decide(&data);
    match action {
        Some(action) if action == wanted => Ok(action.to_string()),
        _ => Err(Failure::Wrong(format!(
            "the program and the policy ({wanted}) disagree: a defect"
        ))),
    }
}
