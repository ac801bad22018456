//! Filters × calls → what they cost, counted in executed instructions.

use peers::profile::Profile;
use seccomp_profile_compiler::bpf::{self, Insn};
use seccomp_profile_compiler::linux::abi::{Abi, Endian, X32_BIT};
use seccomp_profile_compiler::linux::action::Action;
use seccomp_profile_compiler::linux::data::SeccompData;
use seccomp_profile_compiler::linux::syscalls;
use seccomp_profile_compiler::policy::Test;

/// Calls that busy programs make, those of them that an ABI has.
const HOT: &str = "accept4 clock_gettime clock_nanosleep close epoll_pwait epoll_wait fstat futex \
    getrandom ioctl madvise mmap munmap nanosleep newfstatat openat poll ppoll read recvfrom \
    sendto write writev";

/// The calls to measure a profile's filters with.
pub struct Probes {
    endian: Endian,
    /// Every call of the target's own ABI, and of these the hot ones; all arguments are 0.
    table: Vec<SeccompData>,
    hot: Vec<SeccompData>,
    /// Every call of every ABI with the arguments at which a condition of the profile can turn,
    /// and numbers that are no calls.
    all: Vec<(Abi, SeccompData)>,
}

/// What a stack of filters costs.
pub struct Cost {
    /// Instructions of each filter.
    pub lengths: Vec<usize>,
    /// Mean number of executed instructions over [`Probes::table`].
    pub mean: f64,
    /// The same over [`Probes::hot`].
    pub hot: f64,
    /// The largest number over [`Probes::all`].
    pub worst: u32,
    /// The answers to [`Probes::all`].
    pub answers: Vec<Action>,
}

impl Cost {
    /// Length, mean, hot mean, worst path.
    pub fn numbers(&self) -> [f64; 4] {
        let length: usize = self.lengths.iter().sum();
        [length as f64, self.mean, self.hot, self.worst.into()]
    }
}

impl Probes {
    pub fn new(profile: &Profile) -> Probes {
        let target = profile.abis[0];
        let call = |abi: Abi, nr, args| SeccompData {
            nr,
            arch: abi.token(),
            args,
            ..SeccompData::default()
        };
        let (mut table, mut hot, mut all) = (Vec::new(), Vec::new(), Vec::new());
        for &abi in &profile.abis {
            for &(nr, name) in syscalls::calls(abi) {
                if abi == target {
                    table.push(call(abi, nr, [0; 6]));
                    if HOT.split(' ').any(|hot| hot == name) {
                        hot.push(call(abi, nr, [0; 6]));
                    }
                }
                all.extend(
                    arguments(profile, name)
                        .into_iter()
                        .map(|args| (abi, call(abi, nr, args))),
                );
            }
        }
        let none = [syscalls::highest(target) + 1, X32_BIT - 1, u32::MAX];
        all.extend(none.map(|nr| (target, call(target, nr, [0; 6]))));
        Probes {
            endian: target.endian(),
            table,
            hot,
            all,
        }
    }

    /// Runs all filters for one call, as the kernel does: newest first, the strictest answer
    /// counts. Returns it and the number of executed instructions.
    fn run(&self, filters: &[Vec<Insn>], data: &SeccompData) -> Result<(Action, u32), String> {
        let mut answer = Action::Allow;
        let mut executed = 0;
        for filter in filters.iter().rev() {
            let one = bpf::run(filter, data, self.endian).map_err(|_| {
                "its program leaves the instructions that can be counted".to_owned()
            })?;
            let action = Action::from_word(one.word)
                .ok_or(format!("answers {:#x}, which is no action", one.word))?;
            answer = answer.stricter(action);
            executed += one.executed;
        }
        Ok((answer, executed))
    }

    /// Measures a stack of filters, oldest first.
    pub fn measure(&self, filters: &[Vec<Insn>]) -> Result<Cost, String> {
        let mean = |calls: &[SeccompData]| -> Result<f64, String> {
            let mut sum = 0;
            for data in calls {
                sum += self.run(filters, data)?.1;
            }
            Ok(f64::from(sum) / calls.len() as f64)
        };
        let mut worst = 0;
        let mut answers = Vec::with_capacity(self.all.len());
        for (_, data) in &self.all {
            let (answer, executed) = self.run(filters, data)?;
            worst = worst.max(executed);
            answers.push(answer);
        }
        Ok(Cost {
            lengths: filters.iter().map(Vec::len).collect(),
            mean: mean(&self.table)?,
            hot: mean(&self.hot)?,
            worst,
            answers,
        })
    }

    /// Says how many answers differ, if any do, and gives the first.
    pub fn compare(&self, ours: &Cost, theirs: &Cost) -> Option<String> {
        let pairs = ours.answers.iter().zip(&theirs.answers);
        let mut differing = self
            .all
            .iter()
            .zip(pairs)
            .filter(|(_, (ours, theirs))| ours != theirs);
        let ((abi, SeccompData { nr, args, .. }), (ours, theirs)) = differing.next()?;
        let (count, all) = (1 + differing.count(), self.all.len());
        let name = syscalls::name(*abi, *nr).unwrap_or("no call");
        Some(format!(
            "answers {count} of {all} probes differently, first `{name}` on {abi} ({nr}) with \
             {args:x?}: {ours} here, {theirs} there"
        ))
    }
}

/// Argument lists for a call: nothing, everything, and around each condition of its rules while
/// the rule's other conditions hold; for the multiplexers each of their calls.
fn arguments(profile: &Profile, name: &str) -> Vec<[u64; 6]> {
    let mut lists = vec![[0; 6], [u64::MAX; 6]];
    if matches!(name, "socketcall" | "ipc") {
        lists.extend((1..=24).map(|call| [call, 0, 0, 0, 0, 0]));
    }
    for rule in profile.rules.iter().filter(|rule| rule.name == name) {
        let mut holding = [0; 6];
        for condition in &rule.conditions {
            holding[usize::from(condition.arg)] = around(condition.test)[0];
        }
        for condition in &rule.conditions {
            for value in around(condition.test) {
                let mut list = holding;
                list[usize::from(condition.arg)] = value;
                lists.push(list);
            }
        }
    }
    lists.sort_unstable();
    lists.dedup();
    lists
}

/// Values around a test's constant; at the first the test holds, if it can.
fn around(test: Test) -> [u64; 4] {
    let (value, other) = match test {
        Test::Masked { mask, value } => (value, value | !mask),
        Test::Ne(v) | Test::Lt(v) | Test::Le(v) | Test::Eq(v) | Test::Ge(v) | Test::Gt(v) => {
            (v, v ^ (1 << 32))
        }
    };
    let mut values = [value, value.wrapping_sub(1), value.wrapping_add(1), other];
    let holds = values
        .iter()
        .position(|&value| test.holds(value))
        .unwrap_or(0);
    values.swap(0, holds);
    values
}
