//! `measure ROWS`: runs every deed under the filter of its groups, and each group without each of
//! its names.
//!
//! `ROWS` is a file with a line for each way to run the deeds: a name, the ABI, and the command,
//! separated by tabs. The names say what is built how: `glibc 2.36 debug`. Rows that end with
//! `aborting` have `panic = "abort"`. The first row's ABI is the one that rules are about whose
//! comments do not begin with `Elsewhere:`.

mod deeds;
mod machine;
mod profile;
mod run;

use deeds::{DEEDS, Deed};
use profile::{ACTIONS, Filters, Left};
use run::{Outcome, Row};
use seccomp_profile_compiler::Abi;
use seccomp_profile_compiler::groups::{GROUPS, closure, of};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

fn main() {
    if machine::is_ours() {
        machine::prepare();
    }
    let mut arguments = std::env::args_os().skip(1);
    let rows = arguments
        .next()
        .map_or_else(|| PathBuf::from("/rows"), PathBuf::from);
    let rows = run::rows(&rows);
    let work = std::env::temp_dir().join(format!("groups-{}", std::process::id()));
    std::fs::create_dir_all(&work).expect("a directory for the runs");
    let filters = Filters::new(&work);
    let (passing, all) = enough(&rows, &filters);
    let passed = needed(&rows, &filters, &passing) & all;
    let _ = std::fs::remove_dir_all(&work);
    println!("RESULT {}", if passed { "passed" } else { "failed" });
    if machine::is_ours() {
        machine::end();
    }
    std::process::exit(i32::from(!passed));
}

/// Runs `work` for every number below `count`, as many at once as there are processors.
fn each(count: usize, work: impl Fn(usize) + Sync) {
    let next = AtomicUsize::new(0);
    let processors = std::thread::available_parallelism().map_or(1, |count| count.get());
    std::thread::scope(|scope| {
        // Most deeds wait more than they compute.
        for _ in 0..2 * processors {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    if at >= count {
                        break;
                    }
                    work(at);
                }
            });
        }
    });
}

/// What a deed does without a filter, on each row that has it.
fn baselines(rows: &[Row]) -> BTreeMap<(usize, usize), Outcome> {
    let found = Mutex::new(BTreeMap::new());
    each(rows.len() * DEEDS.len(), |at| {
        let (row, deed) = (at / DEEDS.len(), at % DEEDS.len());
        if rows[row].has(&DEEDS[deed]) {
            let outcome = run::run(&rows[row], &DEEDS[deed], None);
            found.lock().unwrap().insert((row, deed), outcome);
        }
    });
    found.into_inner().unwrap()
}

/// Compares every deed on every row under every default action with the run without a filter, and
/// prints the table. Returns what each deed does that passes under KILL_PROCESS, and whether all pass
/// under every action.
fn enough(rows: &[Row], filters: &Filters) -> (BTreeMap<(usize, usize), Outcome>, bool) {
    let expected = baselines(rows);
    let mut sound = true;
    for ((row, deed), outcome) in &expected {
        let (row, deed) = (&rows[*row], &DEEDS[*deed]);
        let ends = match deed.aborting {
            true => outcome.end != "no end",
            false => outcome.end == "status 0",
        };
        if !ends {
            sound = false;
            println!(
                "FAILED {} on {} without a filter: {outcome:?}",
                deed.name, row.name
            );
        }
    }
    let failures = Mutex::new(BTreeMap::new());
    let cells = Mutex::new(BTreeMap::new());
    let jobs: Vec<_> = expected.keys().copied().collect();
    each(jobs.len(), |at| {
        let (row, deed) = jobs[at];
        let mut cell = String::new();
        for (action, (letter, ..)) in ACTIONS.iter().enumerate() {
            let filter = filters.get(DEEDS[deed].groups, rows[row].abi, action, None);
            let outcome = run::run(&rows[row], &DEEDS[deed], Some(&filter));
            if outcome == expected[&(row, deed)] {
                cell.push(*letter);
            } else {
                cell.push('.');
                failures
                    .lock()
                    .unwrap()
                    .insert((deed, row, action), outcome);
            }
        }
        cells.lock().unwrap().insert((deed, row), cell);
    });
    let cells = cells.into_inner().unwrap();
    let failures = failures.into_inner().unwrap();

    println!("Each cell: K, N, P where the deed ends as without a filter under KILL_PROCESS,");
    println!("ERRNO(ENOSYS), ERRNO(EPERM); a dot where it does not.");
    for (at, row) in rows.iter().enumerate() {
        println!("  {}: {}", (b'a' + at as u8) as char, row.name);
    }
    print!("{:42} {:16} {:28}", "groups", "deed", "ends with");
    for at in 0..rows.len() {
        print!(" {:3}", (b'a' + at as u8) as char);
    }
    println!();
    for (at, deed) in DEEDS.iter().enumerate() {
        let ends: BTreeSet<_> = (0..rows.len())
            .filter_map(|row| expected.get(&(row, at)))
            .map(|o| o.end.clone())
            .collect();
        let ends: Vec<_> = ends.into_iter().collect();
        print!(
            "{:42} {:16} {:28}",
            deed.groups.join(" "),
            deed.name,
            ends.join(", ")
        );
        for row in 0..rows.len() {
            print!(" {:3}", cells.get(&(at, row)).map_or("", |cell| cell));
        }
        println!();
    }
    for ((deed, row, action), outcome) in &failures {
        let (deed_name, row_name) = (DEEDS[*deed].name, &rows[*row].name);
        println!(
            "FAILED {deed_name} on {row_name} under {}:",
            ACTIONS[*action].1
        );
        println!("    expected {:?}", expected[&(*row, *deed)]);
        println!("    got      {outcome:?}");
    }
    println!(
        "{} deeds on {} rows: {} of {} runs as without a filter",
        DEEDS.len(),
        rows.len(),
        jobs.len() * ACTIONS.len() - failures.len(),
        jobs.len() * ACTIONS.len()
    );
    let all = sound && failures.is_empty();
    let mut passing = expected;
    passing.retain(|(row, deed), _| !failures.contains_key(&(*deed, *row, 0)));
    (passing, all)
}

/// Leaves out each name of each rule in turn: some deed must fail then, or the rule's comment must
/// begin with `Elsewhere:`.
fn needed(rows: &[Row], filters: &Filters, passing: &BTreeMap<(usize, usize), Outcome>) -> bool {
    let mut abis: Vec<Abi> = rows.iter().map(|row| row.abi).collect();
    abis.sort();
    abis.dedup();
    let mut units: Vec<Left> = GROUPS
        .iter()
        .flat_map(|group| profile::names(group, &abis))
        .collect();
    // A machine is slow, and judges nothing: it shows what is needed elsewhere.
    let judges = !machine::is_ours();
    units.retain(|left| judges || left.elsewhere);
    let found: Vec<Mutex<Option<(usize, usize)>>> =
        units.iter().map(|_| Mutex::new(None)).collect();
    each(units.len(), |at| {
        let left = &units[at];
        let uses = |deed: &Deed| {
            let chosen = deed.groups.iter().map(|name| of(name).expect("a group"));
            closure(chosen).iter().any(|group| group.name == left.group)
        };
        // Those that are about the group itself fail soonest.
        let has = |row: &Row, deed: &Deed| left.abis.contains(&row.abi) && uses(deed);
        let mut runs: Vec<_> = passing
            .keys()
            .filter(|(row, deed)| has(&rows[*row], &DEEDS[*deed]))
            .collect();
        runs.sort_by_key(|(row, deed)| {
            let deed = &DEEDS[*deed];
            let elsewhere = rows[*row].abi != rows[0].abi;
            (
                elsewhere,
                !deed.groups.contains(&left.group),
                deed.name.starts_with("long-"),
                *row,
            )
        });
        for &(row, deed) in runs {
            let filter = filters.get(DEEDS[deed].groups, rows[row].abi, 0, Some(left));
            let fails =
                || run::run(&rows[row], &DEEDS[deed], Some(&filter)) != passing[&(row, deed)];
            // Twice, so that it is not by chance.
            if fails() && fails() {
                *found[at].lock().unwrap() = Some((row, deed));
                return;
            }
        }
    });
    let mut passed = true;
    println!("\nWithout each name in turn, the first deed that fails:");
    for (left, found) in units.iter().zip(&found) {
        let found = found.lock().unwrap();
        let shown = found.map(|(row, deed)| format!("{} on {}", DEEDS[deed].name, rows[row].name));
        let here = found.is_some_and(|(row, _)| rows[row].abi == rows[0].abi);
        let verdict = match (here, left.elsewhere, shown) {
            (true, false, Some(shown)) => shown,
            (false, true, shown) => format!("elsewhere; {}", shown.as_deref().unwrap_or("-")),
            (true, true, Some(shown)) if !judges => format!("elsewhere; {shown}"),
            (true, true, shown) => {
                passed = false;
                format!("WRONG: its comment begins with `Elsewhere:`, but here fails {shown:?}")
            }
            (_, false, shown) => {
                passed = false;
                let shown = shown.as_deref().unwrap_or("nothing");
                format!(
                    "WRONG: here nothing fails, elsewhere {shown}; its comment must begin with `Elsewhere:`"
                )
            }
        };
        println!(
            "{:14} {:2} {:20} {verdict}",
            left.group, left.entry, left.name
        );
    }
    passed
}
