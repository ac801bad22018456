//! `inspect`: what a profile means on a target, the program that it becomes, and why one call gets
//! its answer.

mod absent;
pub(crate) mod call;
mod dot;
mod explain;
mod json;
mod number;
mod oci;
mod path;
pub(crate) mod phrase;
pub(crate) mod snippet;
pub(crate) mod source;
mod table;

use std::fmt::Display;

use clap::{Args, ValueEnum};
use seccomp_profile_compiler::linux::action::Action;
use seccomp_profile_compiler::{Abi, Compiled, Options, Sources, bpf, stats};

use crate::compose;
use crate::options::{LintOptions, ProfileOptions};
use crate::paint::Paint;
use crate::texts::{self, Texts};
use crate::{Failure, Output};
use explain::Explainer;
use snippet::Text;

/// Shows what a profile means, the program that it becomes, or the answer to one call.
///
/// The profile is compiled as by the macro; warnings go to standard error. On a terminal the output
/// has colours, unless NO_COLOR is set.
///
/// Examples:
///   seccomp-profile inspect profile.json
///   seccomp-profile inspect --with panic --emit table profile.json
///   seccomp-profile inspect profile.json --explain socket 2 1 0
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Inspect {
    /// The path of the profile, or - for standard input
    #[arg(required_unless_present_any = ["explain", "decide", "decide_raw"])]
    profile: Option<String>,
    #[command(flatten)]
    question: Question,
    /// Write `--emit table` and `--emit stats` as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    options: ProfileOptions,
    #[command(flatten)]
    lints: LintOptions,
}

/// What is shown. Numbers of calls and arguments are decimal or begin with 0x.
#[derive(Args)]
#[group(multiple = false)]
struct Question {
    /// What to show of the program and the profile [default: listing]
    #[arg(long, value_name = "WHAT")]
    emit: Option<Emit>,
    /// Why one call gets its answer: the rules, and the path through the program. CALL is a name or
    /// number, with another ABI before it: x86:socketcall
    #[arg(long, num_args = 1.., allow_negative_numbers = true, value_names = ["CALL", "ARG"])]
    explain: Option<Vec<String>>,
    /// The answer to a call alone
    #[arg(long, num_args = 1.., allow_negative_numbers = true, value_names = ["CALL", "ARG"])]
    decide: Option<Vec<String>>,
    /// The same by the numbers that a filter sees: 0xc000003e 41 2 is socket(2, …) on x86_64
    #[arg(long, num_args = 1.., allow_negative_numbers = true, value_names = ["AUDIT_ARCH", "NR", "ARG"])]
    decide_raw: Option<Vec<String>>,
    /// The same for each line of a file (- is standard input), in either form: a line that begins
    /// with a number is AUDIT_ARCH NR [ARG...]
    #[arg(long, value_name = "FILE")]
    decide_file: Option<String>,
}

/// What `--emit` can show.
#[derive(Clone, Copy, ValueEnum)]
enum Emit {
    /// The program
    Listing,
    /// The answer to each call, and the line that gives it
    Table,
    /// The program as a graph, for graphviz
    Dot,
    /// The program as seccomp(2) takes it: 8 bytes for each instruction, in the target's byte order
    Raw,
    /// How many instructions it has, and how many of them a call executes: the mean over all calls,
    /// hot_mean over the calls that servers make most, and the worst
    Stats,
    /// The profile's flags, as the number seccomp(2) takes
    Flags,
    /// The profile as plain OCI JSON for this target, which container runtimes read: one file,
    /// numbers in place of constants, and only the rules that apply
    Oci,
}

impl Inspect {
    pub(crate) fn run(mut self) -> Result<Output, Failure> {
        let profile = self.profile()?;
        let target = self.options.target.abi()?;
        let mut options = self.options.options()?;
        self.lints.apply(&mut options)?;
        let texts = Texts::read(&profile, &self.options.with)?;
        let sources = texts.sources()?;
        let shown = Shown {
            path: &profile,
            target,
            compiled: &compose::compiled(&sources, target, &options)?,
            options: &options,
            sources: &sources,
            paint: Paint::of_stdout(),
        };
        let question = &self.question;
        if self.json {
            return shown.json(question.emit);
        }
        match (&question.explain, &question.decide, &question.decide_raw) {
            (Some(words), ..) => shown.explain(words),
            (_, Some(words), _) => {
                let (_, data) = call::named(target, words)?;
                call::decide(shown.compiled, &data).map(line)
            }
            (.., Some(words)) => call::decide(shown.compiled, &call::raw(words)?).map(line),
            _ => match &question.decide_file {
                Some(path) => shown.decide_each(path),
                None => shown.emit(question.emit.unwrap_or(Emit::Listing)),
            },
        }
    }

    /// The path of the profile, which can stand behind a call and its arguments.
    fn profile(&mut self) -> Result<String, Failure> {
        if let Some(profile) = self.profile.take() {
            return Ok(profile);
        }
        let question = &mut self.question;
        let mut lists = [
            &mut question.explain,
            &mut question.decide,
            &mut question.decide_raw,
        ]
        .into_iter();
        let words = lists.find_map(Option::as_mut);
        match words {
            Some(words) if words.len() > 1 && call::number(&words[words.len() - 1]).is_none() => {
                words.pop()
            }
            _ => None,
        }
        .ok_or_else(|| Failure::Usage("the path of a profile is missing".into()))
    }
}

/// What the output is made from.
struct Shown<'s> {
    path: &'s str,
    target: Abi,
    compiled: &'s Compiled,
    options: &'s Options,
    sources: &'s Sources<'s>,
    paint: Paint,
}

impl Shown<'_> {
    fn json(&self, what: Option<Emit>) -> Result<Output, Failure> {
        let json = match what {
            Some(Emit::Table) => json::table(self.compiled, &Text::new(self.sources)),
            Some(Emit::Stats) => json::costs(self.compiled),
            _ => {
                let message = "--json is for --emit table and --emit stats";
                return Err(Failure::Usage(message.into()));
            }
        };
        let text = serde_json::to_string_pretty(&json);
        text.map(line)
            .map_err(|error| Failure::Wrong(error.to_string()))
    }

    fn emit(&self, what: Emit) -> Result<Output, Failure> {
        let compiled = self.compiled;
        Ok(match what {
            Emit::Listing => listing(compiled, self.paint).into(),
            Emit::Table => {
                let text = Text::new(self.sources);
                table::table(compiled, self.options, &text, self.paint).into()
            }
            Emit::Dot => {
                let title = format!("{} on {}", self.path, self.target);
                dot::dot(&title, &compiled.policy, &compiled.program)
                    .ok_or_else(|| {
                        Failure::Wrong("the program cannot be shown as a graph: a defect".into())
                    })?
                    .into()
            }
            Emit::Raw => Output {
                bytes: compiled.program.to_bytes(),
                yes: true,
            },
            Emit::Stats => line(costs(compiled)),
            Emit::Flags => line(compiled.policy.flags),
            Emit::Oci => oci::oci(compiled, self.options, self.sources)?.into(),
        })
    }

    fn explain(&self, words: &[String]) -> Result<Output, Failure> {
        let (abi, data) = call::named(self.target, words)?;
        let explainer = Explainer {
            compiled: self.compiled,
            options: self.options,
            text: &Text::new(self.sources),
            paint: self.paint,
        };
        explainer.explain(abi, &data).map(Output::from)
    }

    /// Answers each line of a file.
    fn decide_each(&self, path: &str) -> Result<Output, Failure> {
        let queries = texts::lines(path)?;
        let mut output = String::new();
        for (i, query) in queries.lines().enumerate() {
            let words: Vec<String> = query.split_whitespace().map(String::from).collect();
            if words.is_empty() {
                continue;
            }
            let answer = call::line(self.target, &words);
            let answer = answer.and_then(|data| call::decide(self.compiled, &data));
            let answer = answer.map_err(|failure| match failure {
                Failure::Wrong(message) | Failure::Usage(message) => {
                    Failure::Wrong(format!("{path}:{}: {message}", i + 1))
                }
            })?;
            output.push_str(&format!("{answer}\n"));
        }
        Ok(output.into())
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

fn line(text: impl Display) -> Output {
    format!("{text}\n").into()
}
