//! Prints what libseccomp, the `seccompiler` crate and this project make of the same profiles.
//!
//! The argument is a directory of `NAME.TARGET.json` or `NAME.TARGET-multi.json` files: plain OCI
//! profiles, resolved for that target. A row is a profile; a cell is
//!
//! > length / mean / hot / worst
//!
//! of a program, all but the length in executed instructions, the `RET` included: the mean over
//! all calls of the target's own ABI with all arguments 0; the mean over the hot ones of them
//! (`measure::HOT`); the longest path over all calls of all ABIs of the filter with arguments at
//! which a condition can turn, and over numbers that are no calls. The last column is ours divided
//! by libseccomp's tree. `a+b` is a stack of two filters, both of which the kernel runs. Geometric
//! means follow, then notes: what a peer refused, left out, or answered differently from us.

mod measure;
mod seccompiler;

use measure::{Cost, Probes};
use peers::libseccomp;
use peers::profile::Profile;
use seccomp_profile_compiler::bpf::Insn;
use seccomp_profile_compiler::{Abi, Options};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs, io};

const COLUMNS: &[&str] = &[
    "ours",
    "libseccomp tree",
    "libseccomp linear",
    "seccompiler",
];
/// Of [`COLUMNS`]: what ours is divided by in each row.
const TREE: usize = 1;

fn main() -> ExitCode {
    let Some(directory) = env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("usage: peers PROFILES_DIR");
        return ExitCode::FAILURE;
    };
    let files = match profiles(&directory) {
        Ok(files) if !files.is_empty() => files,
        Ok(_) => {
            eprintln!("peers: {}: no .json files", directory.display());
            return ExitCode::FAILURE;
        }
        Err(error) => {
            eprintln!("peers: {}: {error}", directory.display());
            return ExitCode::FAILURE;
        }
    };
    println!("libseccomp is {}.\n", libseccomp::version());
    println!("| profile | {} | ours ÷ tree |", COLUMNS.join(" | "));
    println!("|---{}|---|", "|---".repeat(COLUMNS.len()));
    let mut report = Report::default();
    for file in &files {
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        if let Err(reason) = report.row(&name, file) {
            report.note(&name, format!("not measured, {reason}"));
        }
    }
    report.end();
    ExitCode::SUCCESS
}

fn profiles(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files: Vec<PathBuf> = fs::read_dir(directory)?
        .map(|entry| Ok(entry?.path()))
        .collect::<io::Result<_>>()?;
    files.retain(|file| file.extension() == Some(OsStr::new("json")));
    files.sort();
    Ok(files)
}

/// What is said after the last row.
#[derive(Default)]
struct Report {
    /// For each column, ours divided by it, profile by profile.
    ratios: [Vec<[f64; 4]>; COLUMNS.len()],
    /// What is to be said, and of which profiles.
    notes: BTreeMap<String, Vec<String>>,
}

impl Report {
    fn note(&mut self, name: &str, text: String) {
        self.notes.entry(text).or_default().push(name.to_owned());
    }

    fn row(&mut self, name: &str, file: &Path) -> Result<(), String> {
        let target = name.rsplit('.').next().unwrap_or_default();
        let target = Abi::from_name(target.trim_end_matches("-multi"))
            .ok_or("as its file name ends with no target")?;
        let text = fs::read_to_string(file).map_err(|error| error.to_string())?;
        let profile = Profile::parse(&text, target)?;
        let (tree, linear) = (
            libseccomp::build(&profile, 2),
            libseccomp::build(&profile, 1),
        );
        if let Ok(built) = &tree {
            if !built.unknown.is_empty() {
                let calls: Vec<_> = built.unknown.iter().map(String::as_str).collect();
                let calls = calls.join(", ");
                self.note(
                    name,
                    format!("libseccomp does not know and so leaves out {calls}"),
                );
            }
        }
        let filters = [
            ours(&text, target),
            tree.map(|built| vec![built.program]),
            linear.map(|built| vec![built.program]),
            seccompiler::build(&profile),
        ];
        let probes = Probes::new(&profile);
        let costs = filters.map(|filters| probes.measure(&filters?));
        for (column, cost) in costs.iter().enumerate() {
            match (&costs[0], cost) {
                (_, Err(reason)) => self.note(name, format!("{}: {reason}", COLUMNS[column])),
                (Ok(ours), Ok(theirs)) => {
                    self.ratios[column].push(divide(ours, theirs));
                    if let Some(difference) = probes.compare(ours, theirs) {
                        self.note(name, format!("{} {difference}", COLUMNS[column]));
                    }
                }
                (Err(_), Ok(_)) => {}
            }
        }
        let ratio = match (&costs[0], &costs[TREE]) {
            (Ok(ours), Ok(tree)) => divide(ours, tree).map(|r| format!("{r:.2}")).join(" / "),
            _ => "–".to_owned(),
        };
        println!(
            "| {name} | {} | {ratio} |",
            costs.each_ref().map(cell).join(" | ")
        );
        Ok(())
    }

    fn end(&self) {
        println!("\n| geometric mean of ours ÷ | profiles | length | mean | hot | worst |");
        println!("|---|---|---|---|---|---|");
        let columns = COLUMNS.iter().zip(&self.ratios).skip(1);
        for (column, ratios) in columns.filter(|(_, ratios)| !ratios.is_empty()) {
            let count = ratios.len();
            let mean = |at: usize| {
                let logarithms: f64 = ratios.iter().map(|ratio| ratio[at].ln()).sum();
                format!("{:.3}", (logarithms / count as f64).exp())
            };
            println!(
                "| {column} | {count} | {} |",
                [0, 1, 2, 3].map(mean).join(" | ")
            );
        }
        println!();
        for (note, names) in &self.notes {
            println!("- {note}: {}", names.join(", "));
        }
    }
}

fn divide(ours: &Cost, theirs: &Cost) -> [f64; 4] {
    let (ours, theirs) = (ours.numbers(), theirs.numbers());
    std::array::from_fn(|at| ours[at] / theirs[at])
}

fn cell(cost: &Result<Cost, String>) -> String {
    let Ok(cost) = cost else {
        return "–".to_owned();
    };
    let lengths: Vec<String> = cost.lengths.iter().map(usize::to_string).collect();
    let lengths = lengths.join("+");
    format!(
        "{lengths} / {:.1} / {:.1} / {}",
        cost.mean, cost.hot, cost.worst
    )
}

fn ours(text: &str, target: Abi) -> Result<Vec<Vec<Insn>>, String> {
    let compiled = seccomp_profile_compiler::compile(text, target, &Options::default());
    let compiled = compiled.map_err(|errors| errors.to_string())?;
    Ok(vec![compiled.program.insns().to_vec()])
}
