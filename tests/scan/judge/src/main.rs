//! `judge SCAN CACHE`: scans every program of `CACHE/rows` and compares the answers with the traces
//! in `CACHE/traces`, then the traps of `CACHE/traps`. Prints a table, and what is wrong.

mod answer;
mod compare;
mod limits;
mod scan;
#[cfg(test)]
mod tests;
mod trace;
mod traps;

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

const MOST: usize = 8;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [command, cache] = &words[..] else {
        eprintln!("usage: judge SCAN CACHE");
        return ExitCode::from(2);
    };
    match judge(command, Path::new(cache)) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(count) => {
            println!("{count} of them failed");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("judge: {error}");
            ExitCode::FAILURE
        }
    }
}

/// As many as help.
fn show(name: &str, problems: &[String]) {
    for problem in problems.iter().take(MOST) {
        println!("    {name}{problem}");
    }
    if problems.len() > MOST {
        println!("    {name}and {} more", problems.len() - MOST);
    }
}

/// Gives how many programs and traps failed.
fn judge(command: &str, cache: &Path) -> Result<usize, Box<dyn Error>> {
    let limits = limits::read(&fs::read_to_string("limits.txt")?)?;
    let rows = fs::read_to_string(cache.join("rows"))?;
    println!(
        "{:34} {:>7} {:>8} {:>7} {:>10} {:>4} {:>7} {:>5}",
        "binary", "KB", "observed", "scanned", "unresolved", "F1", "seconds", "MB"
    );
    let (mut count, mut failed) = (0, 0);
    for row in rows.lines() {
        let fields: Vec<&str> = row.split('\t').collect();
        let [program, library, profile, file] = fields[..] else {
            return Err(format!("`{row}` is no row").into());
        };
        let name = format!("{program}.{library}.{profile}");
        let sites = trace::read(&cache.join("traces").join(&name))?;
        let problems = match scan::run(command, file) {
            Ok(run) => {
                let found = compare::compare(&run.answer, &sites, |_| false);
                println!(
                    "{name:34} {:7} {:8} {:7} {:10} {:4.2} {:7.2} {:5}",
                    fs::metadata(file)?.len() / 1024,
                    found.observed,
                    run.answer.calls.len(),
                    run.answer.unresolved(),
                    found.f1,
                    run.seconds,
                    run.megabytes
                );
                let limit = limits.iter().find(|limit| limit.is_for(&fields));
                let past = limit.map_or(Vec::new(), |limit| limit.exceeded(&run));
                found.problems.into_iter().chain(past).collect()
            }
            Err(problem) => vec![problem],
        };
        count += 1;
        failed += usize::from(!problems.is_empty());
        show("", &problems);
    }
    let (traps, fallen) = traps::judge(command, cache)?;
    println!("{count} programs and {traps} traps");
    if count + traps == 0 {
        return Err("there is nothing to judge".into());
    }
    Ok(failed + fallen)
}
