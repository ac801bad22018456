//! Meets a kernel: installs filters, makes calls, and says in TAP whether the kernel answers as
//! the policies say.
//!
//! Runs as an ordinary program, or as the first process of a machine, which it switches off when
//! it is done. The last line, `RESULT …`, repeats the sums: output that lacks it says nothing.

// Warnings about the profiles: they forbid a call by one of its names, or kill threads, on purpose.
#![allow(deprecated)]

#[path = "../../../support/bound.rs"]
mod bound;
mod cache;
mod call;
mod case;
mod child;
mod console;
mod install;
mod kernel;
mod taken;
mod thread;

use std::process::ExitCode;

use child::Verdict;

/// A test of more than one call and its answer, in a process of its own.
type Test = (&'static str, fn() -> Verdict);

const TESTS: &[Test] = &[
    ("KILL_THREAD ends one thread", thread::kill_thread),
    ("KILL_PROCESS ends all threads", thread::kill_process),
    ("one filter on all threads", thread::all_threads),
    ("one filter on one thread", thread::this_thread),
    (
        "a thread with its own filter is not synchronised",
        thread::diverged,
    ),
    ("flags that every kernel knows", install::flags),
    ("NOTIFY needs a listener", install::listener_required),
    ("NOTIFY without anybody to answer", install::listener_gone),
    ("a flag by the version of the kernel", install::flag_of_5_19),
    (
        "the version that a filter is for",
        install::version_of_filter,
    ),
    ("what the kernel takes of arguments", taken::arguments),
    ("the cache of allowed calls", cache::work),
];

fn main() -> ExitCode {
    let tests = case::GROUPS.iter().map(|group| group.cases.len());
    let plan = tests.sum::<usize>() + TESTS.len();
    println!("# {} on {}", std::env::consts::ARCH, kernel::release());
    println!("1..{plan}");
    let mut sums = Sums::default();
    for group in case::GROUPS {
        for case in group.cases {
            sums.count(&case.label(group), case.run(group));
            sums.calls += case.calls.len();
        }
    }
    for (name, test) in TESTS {
        sums.count(name, child::passes(test));
    }
    let Sums {
        passed,
        failed,
        calls,
    } = sums;
    println!("RESULT {passed} passed, {failed} failed, {calls} calls");
    if std::process::id() == 1 {
        console::power_off();
    }
    ExitCode::from(u8::from(failed > 0 || passed != plan))
}

#[derive(Default)]
struct Sums {
    passed: usize,
    failed: usize,
    calls: usize,
}

impl Sums {
    fn count(&mut self, name: &str, outcome: Verdict) {
        let number = self.passed + self.failed + 1;
        match outcome {
            Ok(()) => {
                self.passed += 1;
                println!("ok {number} - {name}");
            }
            Err(why) => {
                self.failed += 1;
                println!("not ok {number} - {name}\n# {why}");
            }
        }
    }
}
