//! Compares what the decoder says of random instructions with what they do under qemu.

use super::super::lift;
use super::machine::{Machine, low};
use super::runner::{CODE, CODE_END, Case, MIDDLE, Outcome, mix, pristine, run};
use crate::insn::{Condition, Effect, Expr, Flow, Insn, Target};

const SIGILL: u64 = 4;
const SIGTRAP: u64 = 5;
const ZERO: u64 = 1 << 30;

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    fn word(&mut self) -> u32 {
        let random = self.next() as u32;
        // Fixed bits, and the values that they have.
        let (fixed, value) = match self.next() % 17 {
            0..=2 => (0x1c00_0000, 0x1000_0000),
            3..=5 => (0x0e00_0000, 0x0a00_0000),
            6..=8 => (0x0a00_0000, 0x0800_0000),
            9 => (0x3f00_0000, 0x3800_0000),
            10 => (0x0e00_0000, 0x0e00_0000),
            11 => (0x1e00_0000, 0x0400_0000),
            12 => (0xfe00_0000, 0x5400_0000),
            13 => (0x7c00_0000, 0x3400_0000),
            14 => (0xfe1f_f000, 0xd61f_0000),
            15 => (0xfffb_f01f, 0xd503_201f),
            _ => (0, 0),
        };
        let word = random & !fixed | value;
        // Registers that are named twice.
        match self.next() % 16 {
            0 => word & !(0x1f << 5) | (word & 0x1f) << 5,
            1 => word & !(0x1f << 10) | (word >> 5 & 0x1f) << 10,
            2 => word & !(0x1f << 16) | (word >> 5 & 0x1f) << 16,
            3 => word | 0x1f << 16,
            _ => word,
        }
    }

    fn register(&mut self) -> u64 {
        let random = self.next();
        match random >> 61 {
            0..=3 => MIDDLE + (random & 0xff0),
            4 if random & 0x100 == 0 => 0,
            4 | 5 => random & 0x1ff,
            6 => (random & 0x1f).wrapping_neg(),
            _ => random,
        }
    }
}

/// Whether it would stop the runner itself, or lead into the code of other cases.
fn excluded(word: u32, address: u64) -> bool {
    let exception = word >> 24 == 0xd4;
    // `msr` of the register that the runner needs for its threads, and what waits.
    let system = word >> 20 == 0xd51 || word >> 8 == 0xd5_0310;
    let hint = word & 0xffff_f01f == 0xd503_201f;
    let waits = hint && matches!((word >> 5) & 0x7f, 2..=3);
    // Half-precision numbers end qemu 7.2 by an assertion.
    let half = word & 0x8f7e_0c00 == 0x0e78_0800;
    let mut insn = Insn::new();
    lift(address, &word.to_le_bytes(), &mut insn);
    let near = match insn.flow {
        Flow::Jump(Target::At(to)) | Flow::Call(Target::At(to)) | Flow::Branch(_, to) => {
            (CODE..CODE_END).contains(&to)
        }
        _ => false,
    };
    exception || system || waits || half || near
}

/// Returns what is wrong, if something is.
fn check(case: &Case, insn: &Insn, outcome: &Outcome) -> Result<(), String> {
    let machine = Machine::execute(case, &insn.effects);
    for number in 0..32 {
        let actual = outcome.registers[number];
        let known = &machine.registers[number];
        if known.as_ref().is_some_and(|known| !known.contains(&actual)) {
            return Err(format!(
                "register {number}: {known:x?}, but it is {actual:x}"
            ));
        }
    }
    for &address in outcome.changed.keys() {
        let covered = machine.stores.iter().any(|&(start, _, size)| {
            start.is_none_or(|start| address.wrapping_sub(start) < u64::from(size))
        });
        if !covered {
            return Err(format!("{address:x} is changed, but not stored to"));
        }
    }
    for (start, values, size) in &machine.stores {
        let (Some(start), Some(values)) = (*start, values) else {
            continue;
        };
        for index in 0..u64::from(*size) {
            let at = start.wrapping_add(index);
            let actual = outcome
                .changed
                .get(&at)
                .copied()
                .unwrap_or_else(|| pristine(at));
            if actual != values[0].to_le_bytes()[index as usize] {
                return Err(format!("{at:x} is {actual:x}, but {values:x?} is stored"));
            }
        }
    }
    let equal = machine.compared.map(|(register, number, width)| {
        assert_eq!(number, low(number, width));
        low(outcome.registers[usize::from(register.0)], width) == number
    });
    let branches = matches!(insn.flow, Flow::Branch(..));
    if branches || (equal.is_none() && !machine.flags) {
        if outcome.flags != case.flags {
            return Err(format!("flags {:x} become {:x}", case.flags, outcome.flags));
        }
    } else if equal.is_some_and(|equal| equal != (outcome.flags & ZERO != 0)) {
        return Err(format!("compared, but flags are {:x}", outcome.flags));
    }
    let equal = equal.unwrap_or(case.flags & ZERO != 0);
    let target = |target: Target| match target {
        Target::At(address) => Some(vec![address]),
        Target::Reg(register) => machine.registers[usize::from(register.0)].clone(),
        Target::Memory(_) => None,
    };
    let next = case.address + 4;
    let possible = match insn.flow {
        Flow::Next => Some(vec![next]),
        Flow::Jump(to) | Flow::Call(to) => target(to),
        Flow::Branch(Condition::Other, to) => Some(vec![next, to]),
        Flow::Branch(condition, to) => {
            let taken = equal == (condition == Condition::Equal);
            Some(vec![if taken { to } else { next }])
        }
        Flow::Return => Some(vec![case.registers[30]]),
        _ => return Err("it goes on".into()),
    };
    // Tags are ignored, and authentication of a pointer that is not signed spoils the top.
    let signed = matches!(case.word >> 25, 0b110_1011) && case.word & 0x800 != 0;
    let address = |pc: u64| pc & (u64::MAX >> 9);
    let goes = |to: &u64| address(*to) == address(outcome.pc);
    if !signed && possible.as_ref().is_some_and(|all| !all.iter().any(goes)) {
        return Err(format!("it goes to {:x}, not {possible:x?}", outcome.pc));
    }
    Ok(())
}

#[test]
#[ignore = "needs qemu and a compiler for aarch64"]
fn random_instructions_do_what_is_said() {
    let seed = std::env::var("SEED").map_or(1, |seed| seed.parse().unwrap());
    let count = std::env::var("COUNT").map_or(100_000, |count| count.parse().unwrap());
    let mut random = Random(mix(seed));
    let cases: Vec<_> = (0..count)
        .map(|index| {
            let address = CODE + 8 * index;
            let word = loop {
                let word = random.word();
                if !excluded(word, address) {
                    break word;
                }
            };
            let mut registers = [0; 32];
            registers.fill_with(|| random.register());
            registers[31] = MIDDLE + (random.next() & 0xff0);
            let number = u64::from(word >> 10 & 0xfff) << if word >> 22 & 1 == 1 { 12 } else { 0 };
            match random.next() % 8 {
                0 => registers[(word >> 5 & 0x1f) as usize] = number,
                1 => registers[(word >> 5 & 0x1f) as usize] = number.wrapping_neg(),
                _ => {}
            }
            let flags = random.next() & 0xf000_0000;
            Case {
                word,
                address,
                registers,
                flags,
            }
        })
        .collect();
    let outcomes = run(&cases);
    let mut insn = Insn::new();
    let (mut executed, mut concrete, mut errors) = (0, 0, Vec::new());
    for (case, outcome) in cases.iter().zip(&outcomes) {
        let stays = outcome.pc == case.address;
        if stays && outcome.signal != SIGILL && outcome.signal != SIGTRAP {
            continue;
        }
        let lifted = lift(case.address, &case.word.to_le_bytes(), &mut insn);
        if stays {
            continue;
        }
        executed += 1;
        let unknown = |effect: &Effect| matches!(effect, Effect::Set(_, Expr::Unknown));
        concrete += u64::from(!insn.effects.iter().any(unknown));
        let result = match lifted {
            true => check(case, &insn, outcome),
            false => Err("it is an instruction".into()),
        };
        if let Err(error) = result {
            errors.push(format!(
                "{:08x} {:?} {:?}: {error}",
                case.word, insn.effects, insn.flow
            ));
        }
    }
    println!("{executed} executed, {concrete} without an unknown value");
    for error in errors.iter().take(60) {
        println!("{error}");
    }
    assert!(errors.is_empty(), "{} of {executed}", errors.len());
}
