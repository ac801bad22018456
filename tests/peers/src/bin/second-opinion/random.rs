//! A seed → a profile as people write them: most calls have one rule, few have several, and those
//! mean the same in every runtime.
//!
//! What libseccomp is known to compile wrongly is left out: several rules on one call that look at
//! several arguments, or order 64-bit numbers.

use seccomp_profile_compiler::linux::abi::{Abi, Width, subcall};
use seccomp_profile_compiler::linux::syscalls;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The numbers of a fixed sequence (splitmix64).
pub struct Random(pub u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ x >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ x >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ x >> 31
    }

    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    /// True once in `n` times.
    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// One of these.
    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }
}

/// Calls that profiles have conditions for, and those behind multiplexers.
const SPECIAL: [&str; 16] = [
    "ioctl",
    "clone",
    "personality",
    "fcntl",
    "prctl",
    "keyctl",
    "socket",
    "socketpair",
    "sendto",
    "accept",
    "accept4",
    "setsockopt",
    "shmat",
    "shmget",
    "semctl",
    "msgrcv",
];

const EQUAL: &[&str] = &["EQ", "EQ", "EQ", "NE", "MASKED_EQ", "MASKED_EQ"];
const ANY: &[&str] = &["EQ", "EQ", "EQ", "NE", "MASKED_EQ", "LT", "LE", "GE", "GT"];

/// Calls that share a number in libseccomp, which so takes one for the other.
const MISTAKEN: [&str; 2] = ["switch_endian", "sys_debug_setcontext"];

/// A profile for a target.
pub struct Case {
    pub target: Abi,
    pub text: String,
}

/// Returns the profile of a seed.
pub fn case(seed: u64) -> Case {
    let mut random = Random(seed);
    let target = match random.one_in(2) {
        true => Abi::X86_64,
        false => random.pick(&Abi::ALL),
    };
    let mut listed: Vec<Abi> = target.family().to_vec();
    listed.retain(|_| random.one_in(2));
    if random.one_in(16) {
        listed.push(random.pick(&Abi::ALL));
    }
    let mut set = listed.clone();
    set.push(target);
    let mut shape = Shape {
        narrow: set.iter().any(|abi| abi.width() == Width::W32),
        ordered: false,
        actions: actions(&mut random),
        used: BTreeSet::new(),
        multiplexers: BTreeMap::new(),
        random,
    };
    let default = shape.actions[0];
    let mut entries = Vec::new();
    for _ in 0..1 + shape.random.below(8) {
        entries.extend(shape.single());
    }
    for _ in 0..shape.random.below(5) {
        let place = shape.random.below(entries.len() + 1);
        let several = shape.several();
        entries.splice(place..place, several);
    }
    let mut profile = json!({
        "defaultAction": default.0,
        "architectures": listed.iter().map(|abi| abi.oci_name()).collect::<Vec<_>>(),
        "syscalls": entries,
    });
    if let Some(errno) = default.1 {
        profile["defaultErrnoRet"] = errno.into();
    }
    Case {
        target,
        text: format!("{profile:#}"),
    }
}

/// The name of an action, and its number.
pub type Action = (&'static str, Option<u16>);

/// The default, then what rules say, the default sometimes among it.
fn actions(random: &mut Random) -> Vec<Action> {
    let errno = random.pick(&[1, 1, 1, 38, 13, 0, 2, 4094, 4095]);
    let mut actions = vec![
        ("SCMP_ACT_ALLOW", None),
        ("SCMP_ACT_ERRNO", Some(errno)),
        ("SCMP_ACT_ERRNO", None),
        ("SCMP_ACT_KILL", None),
        ("SCMP_ACT_KILL_PROCESS", None),
        ("SCMP_ACT_TRAP", None),
        ("SCMP_ACT_LOG", None),
        ("SCMP_ACT_TRACE", Some(random.next() as u16)),
    ];
    if !random.one_in(3) {
        let default = random.below(actions.len());
        actions.swap(0, default);
        return actions;
    }
    // The two shapes that nearly all real profiles have.
    actions.truncate(2);
    if random.one_in(2) {
        actions.swap(0, 1);
    }
    actions
}

struct Shape {
    random: Random,
    /// Whether a 32-bit ABI has to compare the numbers too.
    narrow: bool,
    /// Whether numbers are to be ordered by several rules: they have 32 bits then.
    ordered: bool,
    actions: Vec<Action>,
    used: BTreeSet<&'static str>,
    /// Multiplexers with rules; whether those leave no room for others.
    multiplexers: BTreeMap<&'static str, bool>,
}

impl Shape {
    /// An entry with names that have no rule yet.
    fn single(&mut self) -> Option<Value> {
        let args = match self.random.below(4) {
            0 | 1 => Vec::new(),
            2 => self.all_of(),
            _ => self.one_of(),
        };
        let count = 1 + self.random.below(if args.is_empty() { 30 } else { 3 });
        let names: Vec<&str> = (0..count).filter_map(|_| self.name(&args)).collect();
        let action = self.action();
        (!names.is_empty()).then(|| entry(&names, action, args))
    }

    /// Entries for one name, whose conditions exclude each other where their actions differ.
    fn several(&mut self) -> Vec<Value> {
        let Some(name) = self.name(&[]).filter(|name| subcall(name).is_none()) else {
            return Vec::new();
        };
        let index = self.random.below(6);
        let ops = self.random.pick(&[EQUAL, ANY]);
        self.ordered = ops.len() > EQUAL.len();
        let count = 2 + self.random.below(3);
        let action = self.action();
        let mut entries = Vec::new();
        match self.random.below(4) {
            // One action; perhaps an unconditional rule somewhere.
            0 => {
                for _ in 0..count {
                    let args = match self.random.one_in(6) {
                        true => Vec::new(),
                        false => vec![self.condition(index, ops)],
                    };
                    entries.push(entry(&[name], action, args));
                }
            }
            // A value, an action.
            1 => {
                let mut values = BTreeSet::new();
                for _ in 0..count {
                    let value = self.value();
                    if values.insert(value & 0xffff_ffff) {
                        let condition = condition(index, "EQ", value, 0);
                        let action = self.action();
                        entries.push(entry(&[name], action, vec![condition]));
                    }
                }
            }
            // The larger number first: libseccomp too tests it first.
            2 => {
                let mut values: Vec<u64> = (0..count).map(|_| self.value() & 0xffff_ffff).collect();
                values.sort_unstable();
                values.dedup();
                for value in values.into_iter().rev() {
                    let op = self.random.pick(&["EQ", "NE"]);
                    let action = self.action();
                    entries.push(entry(&[name], action, vec![condition(index, op, value, 0)]));
                }
            }
            // An unconditional rule that leaves nothing for the one behind it.
            _ if action != self.actions[0] => {
                entries.push(entry(&[name], action, Vec::new()));
                let args = vec![self.condition(index, ops)];
                let action = self.action();
                entries.push(entry(&[name], action, args));
            }
            _ => {}
        }
        self.ordered = false;
        entries
    }

    fn action(&mut self) -> Action {
        let from = usize::from(!self.random.one_in(12));
        let at = from + self.random.below(self.actions.len() - from);
        self.actions[at]
    }

    /// A name without a rule. Behind a multiplexer the rules of its calls become several rules on
    /// one call, whose first argument is the number: what looks at others too is alone there.
    fn name(&mut self, args: &[Value]) -> Option<&'static str> {
        let all: Vec<&str> = syscalls::names()
            .filter(|name| !MISTAKEN.contains(name))
            .collect();
        let name = match self.random.one_in(3) {
            true => self.random.pick(&SPECIAL),
            false => self.random.pick(&all),
        };
        if self.used.contains(name) {
            return None;
        }
        let itself = matches!(name, "socketcall" | "ipc");
        let multiplexer = match subcall(name) {
            Some((multiplexer, _)) => Some(multiplexer.name()),
            None => itself.then_some(name),
        };
        if let Some(multiplexer) = multiplexer {
            let others = args.iter().any(|arg| arg["index"] != 0);
            let alternatives = args.len() > 1 && args[0]["index"] == args[1]["index"];
            let alone = itself || others;
            let fits = match self.multiplexers.get(multiplexer) {
                None => !(itself && !args.is_empty() || others && alternatives),
                Some(taken) => !taken && !alone,
            };
            if !fits {
                return None;
            }
            self.multiplexers.insert(multiplexer, alone);
        }
        self.used.insert(name);
        Some(name)
    }

    /// Conditions on different arguments.
    fn all_of(&mut self) -> Vec<Value> {
        let first = self.random.below(6);
        let count = 1 + self.random.below(3);
        (0..count)
            .map(|i| self.condition((first + i * 5) % 6, ANY))
            .collect()
    }

    /// Alternatives for one argument.
    fn one_of(&mut self) -> Vec<Value> {
        let index = self.random.below(6);
        let count = 2 + self.random.below(4);
        (0..count)
            .map(|_| self.condition(index, &["EQ", "EQ", "MASKED_EQ"]))
            .collect()
    }

    fn condition(&mut self, index: usize, ops: &[&'static str]) -> Value {
        let op = self.random.pick(ops);
        let mut value = self.value();
        let mut bits = 0;
        if op == "MASKED_EQ" {
            if self.random.one_in(2) {
                value = 1
                    << self
                        .random
                        .below(if self.narrow || self.ordered { 32 } else { 64 });
            }
            let any = self.random.next();
            bits = self.random.pick(&[0, value, value & any]);
            if self.narrow {
                bits &= 0xffff_ffff;
            }
        }
        condition(index, op, value, bits)
    }

    /// A number that the ABIs can compare.
    fn value(&mut self) -> u64 {
        let small = self.random.below(20) as u64;
        let any = self.random.next();
        let narrow = [
            small,
            small,
            small,
            0x7fff_ffff,
            0x8000_0000,
            0xffff_ffff,
            0xffff_0000 | small,
            any & 0xffff_ffff,
        ];
        let extended = [0xffff_ffff_8000_0000 | small, u64::MAX - small];
        let wide = [
            0x1_0000_0000 | small,
            small << 32,
            0xffff_ffff_0000_0000 | small,
            1 << 63,
            any,
        ];
        if self.ordered || self.random.one_in(2) {
            self.random.pick(&narrow)
        } else if self.narrow || self.random.one_in(4) {
            self.random.pick(&extended)
        } else {
            self.random.pick(&wide)
        }
    }
}

/// A condition of a rule.
pub fn condition(index: usize, op: &str, value: u64, bits: u64) -> Value {
    let mut condition = json!({
        "index": index,
        "op": format!("SCMP_CMP_{op}"),
        "value": value,
    });
    if op == "MASKED_EQ" {
        condition["valueTwo"] = bits.into();
    }
    condition
}

/// An entry of `syscalls`.
pub fn entry(names: &[&str], (action, errno): Action, args: Vec<Value>) -> Value {
    let mut entry = json!({ "names": names, "action": action, "args": args });
    if let Some(errno) = errno {
        entry["errnoRet"] = errno.into();
    }
    entry
}
