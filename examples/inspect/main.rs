//! Shows a profile without a crate around it: what it means on a target, the program that it
//! becomes, and why one call gets its answer.
//!
//! `cargo run -q --example inspect -- [OPTIONS] PROFILE`

mod absent;
mod call;
mod command;
mod dot;
mod explain;
mod number;
mod paint;
mod path;
mod phrase;
mod snippet;
mod source;
mod table;

use std::collections::BTreeSet;
use std::fmt::Display;
use std::io::{Read, Write};
use std::process::ExitCode;

use seccomp_profile_compiler::linux::action::Action;
use seccomp_profile_compiler::options::weights::Weights;
use seccomp_profile_compiler::profile::json;
use seccomp_profile_compiler::{Compiled, Errors, Sources, bpf, compose, groups, stats};

use command::{Command, Emit, Question, USAGE};
use explain::Explainer;
use paint::Paint;
use snippet::Text;

/// Why there is no output.
enum Failure {
    Usage(String),
    Wrong(String),
}

fn main() -> ExitCode {
    let output = command::command().and_then(|command| match command {
        Some(command) => answer(&command),
        None => Ok(USAGE.into()),
    });
    match output {
        Ok(output) => match std::io::stdout().write_all(&output) {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        },
        Err(Failure::Usage(message)) => {
            complain(&format!("inspect: {message}\ntry --help"));
            ExitCode::from(2)
        }
        Err(Failure::Wrong(message)) => {
            complain(&message);
            ExitCode::FAILURE
        }
    }
}

/// Writes to standard error. If it is closed, the message is lost.
fn complain(message: &str) {
    let _ = writeln!(std::io::stderr(), "{message}");
}

fn answer(command: &Command) -> Result<Vec<u8>, Failure> {
    let mut options = command.options.clone();
    if let Some(path) = &command.weights {
        let bytes = read(path)?;
        let text = text(path, &bytes)?;
        options.weights = Weights::parse(text).map_err(|errors| wrong(path, text, errors))?;
    }
    let path = &command.profile;
    let texts = texts(command)?;
    let mut others = texts
        .iter()
        .map(|(path, text)| (path.clone(), text.as_str()));
    let profile = others.next().unwrap_or_default();
    let groups: Vec<&str> = { command.with.iter().map(String::as_str) }
        .filter(|word| groups::is_name(word))
        .collect();
    let sources = Sources::compose(profile, others, &groups)
        .map_err(|error| Failure::Usage(format!("--with: {}; {}", error.message, error.label)))?;
    let compiled = compose(&sources, command.target, &options)
        .map_err(|errors| Failure::Wrong(errors.render(&sources).join("\n\n")))?;
    for warning in &compiled.warnings {
        complain(&format!("{}\n", warning.render_warning(&sources)));
    }
    let paint = Paint::of_stdout();
    match &command.question {
        Question::Emit(emit) => Ok(match emit {
            Emit::Listing => listing(&compiled, paint).into_bytes(),
            Emit::Table => {
                table::table(&compiled, &options, &Text::new(&sources), paint).into_bytes()
            }
            Emit::Dot => {
                let title = format!("{path} on {}", command.target);
                dot::dot(&title, &compiled.policy, &compiled.program)
                    .ok_or_else(|| {
                        Failure::Wrong("the program cannot be shown as a graph: a defect".into())
                    })?
                    .into_bytes()
            }
            Emit::Raw => compiled.program.to_bytes(),
            Emit::Stats => line(costs(&compiled)),
            Emit::Flags => line(compiled.policy.flags),
        }),
        Question::Explain(words) => {
            let (abi, data) = call::named(command.target, words)?;
            let explainer = Explainer {
                compiled: &compiled,
                options: &options,
                text: &Text::new(&sources),
                paint,
            };
            explainer.explain(abi, &data).map(String::into_bytes)
        }
        Question::Decide(words) => {
            let (_, data) = call::named(command.target, words)?;
            call::decide(&compiled, &data).map(line)
        }
        Question::DecideRaw(words) => call::decide(&compiled, &call::raw(words)?).map(line),
        Question::DecideFile(path) => decide_each(path, &compiled),
    }
}

/// The program, with its answers in their colours.
fn listing(compiled: &Compiled, paint: Paint) -> String {
    let program = &compiled.program;
    let listing = bpf::listing(program.insns(), program.endian());
    let painted = listing.lines().zip(program.insns()).map(|(line, insn)| {
        let line = match Action::from_word(insn.k).filter(|_| insn.code == bpf::RET) {
            Some(action) => paint.action(action, line),
            None => line.into(),
        };
        line + "\n"
    });
    painted.collect()
}

fn costs(compiled: &Compiled) -> String {
    let stats = stats::stats(&compiled.policy, &compiled.program);
    let mut text = format!(
        "instructions {}\nmean {:.2}\nhot_mean {:.2}\nworst {}",
        stats.instructions, stats.mean, stats.hot_mean, stats.worst
    );
    if compiled.simplified {
        text.push_str("\nsimplified 1");
    }
    text
}

/// Answers each line of a file.
fn decide_each(path: &str, compiled: &Compiled) -> Result<Vec<u8>, Failure> {
    let queries = if path == "-" {
        let mut queries = String::new();
        let read = std::io::stdin().read_to_string(&mut queries);
        read.map_err(|error| Failure::Wrong(format!("standard input: {error}")))?;
        queries
    } else {
        text(path, &read(path)?)?.to_string()
    };
    let mut output = Vec::new();
    for (i, query) in queries.lines().enumerate() {
        let words: Vec<String> = query.split_whitespace().map(String::from).collect();
        if words.is_empty() {
            continue;
        }
        let answer = call::line(compiled.policy.target, &words);
        let answer = answer.and_then(|data| call::decide(compiled, &data));
        let answer = answer.map_err(|failure| match failure {
            Failure::Wrong(message) | Failure::Usage(message) => {
                Failure::Wrong(format!("{path}:{}: {message}", i + 1))
            }
        })?;
        output.extend(line(answer));
    }
    Ok(output)
}

/// The profile and the files that it is composed with.
fn texts(command: &Command) -> Result<Vec<(String, String)>, Failure> {
    let mut texts = Vec::new();
    let mut seen = BTreeSet::new();
    let files = command.with.iter().filter(|word| !groups::is_name(word));
    for path in [&command.profile].into_iter().chain(files) {
        let bytes = read(path)?;
        if !seen.insert(std::fs::canonicalize(path).unwrap_or_else(|_| path.into())) {
            let message = format!("`{path}` is in this composition twice");
            return Err(Failure::Usage(message));
        }
        texts.push((path.clone(), text(path, &bytes)?.to_string()));
    }
    Ok(texts)
}

fn read(path: &str) -> Result<Vec<u8>, Failure> {
    std::fs::read(path)
        .map_err(|error| Failure::Wrong(format!("{path}: error[not-found]: {error}")))
}

fn text<'a>(path: &str, bytes: &'a [u8]) -> Result<&'a str, Failure> {
    json::text(bytes).map_err(|error| wrong(path, "", error.into()))
}

fn wrong(path: &str, text: &str, errors: Errors) -> Failure {
    Failure::Wrong(errors.render(&Sources::one(path, text)).join("\n\n"))
}

fn line(text: impl Display) -> Vec<u8> {
    format!("{text}\n").into_bytes()
}
