//! Programs give the answers of their policies and profiles: random ones, and ones that are written
//! to be hard.
//!
//! `PROPTEST_CASES` sets the number of random cases, `PROPTEST_RNG_SEED` chooses them.
#![allow(missing_docs)]

mod check;
mod compare;
mod hostile;
#[path = "../support/machine.rs"]
mod machine;
mod ordered;
#[path = "../support/parallel.rs"]
mod parallel;
mod policy;
mod profile;
mod reach;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::process::Command;
use std::time::Duration;

use check::{Figures, check, cpu_time, decides};
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestRunner};
use seccomp_profile_compiler::error::Kind;
use seccomp_profile_compiler::linux::data::SeccompData;
use seccomp_profile_compiler::{Abi, Sources, compile};

/// The limit for one case. It leaves room for slow machines: typical cases take less than a tenth.
const SLOWEST: Duration = Duration::from_secs(10);

/// Returns a runner with the same cases every time, unless the environment chooses others.
fn runner() -> TestRunner {
    let config = Config::default();
    let rng_seed = match config.rng_seed {
        RngSeed::Random => RngSeed::Fixed(33),
        seed => seed,
    };
    TestRunner::new(Config {
        rng_seed,
        failure_persistence: None,
        ..config
    })
}

/// Sums over all policies.
#[derive(Debug, Default)]
struct Total {
    policies: usize,
    too_long: usize,
    simplified: usize,
    calls: usize,
    instructions: usize,
    longest: usize,
    slowest: Duration,
    dead: usize,
    unknown: usize,
}

impl Total {
    fn add(&mut self, figures: Option<Figures>) {
        self.policies += 1;
        let Some(figures) = figures else {
            self.too_long += 1;
            return;
        };
        self.simplified += usize::from(figures.simplified);
        self.calls += figures.calls;
        self.instructions += figures.instructions;
        self.longest = self.longest.max(figures.instructions);
        self.slowest = self.slowest.max(figures.time);
        self.dead += figures.dead;
        self.unknown += figures.unknown;
    }
}

#[test]
fn policies() {
    let total = RefCell::new(Total::default());
    let result = runner().run(&policy::policy(), |policy| {
        let figures = check(&policy).map_err(TestCaseError::fail)?;
        total.borrow_mut().add(figures);
        Ok(())
    });
    let total = total.into_inner();
    println!("{total:#?}");
    result.unwrap_or_else(|error| panic!("{error}"));
    assert!(total.slowest < SLOWEST);
}

#[test]
fn pairs() {
    let total = Cell::new([0; 2]);
    // Each pair is compared three times, and by hand.
    let mut config = runner().config().clone();
    config.cases = config.cases.div_ceil(4).max(16);
    let result = TestRunner::new(config).run(&policy::pair(), |(first, second)| {
        let found = compare::compare(&first, &second).map_err(TestCaseError::fail)?;
        let [differing, conditional] = total.get();
        total.set([differing + found[0], conditional + found[1]]);
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
    let [differing, conditional] = total.into_inner();
    assert!(
        differing > 100 && conditional > 0,
        "{differing}, {conditional} on conditions"
    );
}

#[test]
fn profiles() {
    let total = RefCell::new(Total::default());
    let refused: RefCell<BTreeMap<Kind, usize>> = RefCell::default();
    let result = runner().run(&profile::profile(), |profile| {
        let text = profile.text();
        let start = cpu_time();
        let compiled = match compile(&text, profile.target, &profile.options) {
            Ok(compiled) => compiled,
            Err(errors) => {
                for error in errors.iter() {
                    *refused.borrow_mut().entry(error.kind).or_default() += 1;
                    let rendered = error.render(&Sources::one("profile.json", &text));
                    match error.kind {
                        Kind::AlwaysTrueOr | Kind::ConflictingRules | Kind::DatumTooWide => {}
                        _ => return Err(TestCaseError::fail(format!("{rendered}\n{text}"))),
                    }
                }
                return Ok(());
            }
        };
        let insns = compiled.program.insns();
        let mut figures = Figures {
            time: cpu_time() - start,
            instructions: insns.len(),
            simplified: compiled.simplified,
            ..Figures::default()
        };
        let meaning = profile.meaning();
        let meaning = |data: &SeccompData| meaning.decide(data);
        decides(&compiled.policy, insns, &mut figures, Some(&meaning))
            .map_err(|wrong| TestCaseError::fail(format!("{wrong}\n{text}")))?;
        total.borrow_mut().add(Some(figures));
        Ok(())
    });
    let total = total.into_inner();
    println!("{total:#?}\nrefused: {:?}", refused.into_inner());
    result.unwrap_or_else(|error| panic!("{error}"));
    assert!(total.slowest < SLOWEST);
}

/// Each case runs in a process of its own, because memory is counted by process.
#[test]
fn hostile_profiles() {
    let this = std::env::current_exe().expect("a test has a file");
    let cases = hostile::cases();
    let runs = cases.iter().enumerate().flat_map(|(index, case)| {
        let targets = case.targets.iter();
        targets.map(move |target| (index, case.name, target))
    });
    let passed = parallel::map(runs, |(index, name, target)| {
        let output = Command::new(&this)
            .args(["--exact", "one_hostile_profile", "--ignored", "--nocapture"])
            .env("HOSTILE_PROFILE", format!("{index} {target}"))
            .output()
            .expect("this test runs");
        let text = String::from_utf8_lossy(&output.stdout);
        let report = text.lines().find_map(|line| line.strip_prefix("hostile: "));
        println!("{name}, {target}: {}", report.unwrap_or(&text));
        report.is_some() && output.status.success()
    });
    assert!(passed.into_iter().all(|passed| passed));
}

#[test]
#[ignore = "run by hostile_profiles"]
fn one_hostile_profile() {
    let Ok(which) = std::env::var("HOSTILE_PROFILE") else {
        return;
    };
    let (index, target) = which.split_once(' ').expect("two words");
    let case = &hostile::cases()[index.parse::<usize>().expect("an index")];
    let result = hostile::run(case, Abi::from_name(target).expect("an ABI"));
    println!(
        "\nhostile: {}",
        result.as_ref().unwrap_or_else(|wrong| wrong)
    );
    assert!(result.is_ok());
}
