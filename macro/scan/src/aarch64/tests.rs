//! What words become.

mod executed;
mod machine;
mod runner;

use std::fmt::Write;

use super::lift;
use crate::insn::{Condition, Effect, Expr, Flow, Insn, Operand, Place, Reg, Target};

const ADDRESS: u64 = 0x10000;

fn register(register: Reg) -> String {
    match register.0 {
        31 => "sp".into(),
        32 => "temp".into(),
        number => format!("x{number}"),
    }
}

fn operand(read: Operand) -> String {
    match read {
        Operand::Reg(reg) => register(reg),
        Operand::Const(number) => format!("{number:#x}"),
    }
}

fn place(place: Place) -> String {
    assert!(!place.thread);
    let base = place.base.map(register);
    let index = place
        .index
        .map(|(index, scale)| format!("{}*{scale}", register(index)));
    let offset = (place.offset != 0 || base.is_none()).then(|| match place.offset {
        offset @ ..0 => format!("-{:#x}", offset.unsigned_abs()),
        offset => format!("{offset:#x}"),
    });
    let parts: Vec<_> = [base, index, offset].into_iter().flatten().collect();
    format!("[{}]", parts.join(" + "))
}

fn expr(value: Expr) -> String {
    match value {
        Expr::Unknown => "?".into(),
        Expr::Low(read, width) => format!("{}:{width}", operand(read)),
        Expr::Signed(read, from, to) => format!("signed {}:{from}:{to}", operand(read)),
        Expr::Binary(op, left, right, width) => {
            format!("{op:?} {} {}:{width}", operand(left), operand(right))
        }
        Expr::Load(from, size, None) => format!("{}:{size}", place(from)),
        Expr::Load(from, size, Some(to)) => format!("signed {}:{size}:{to}", place(from)),
        Expr::Either(one, other, width) => {
            format!("either {} {}:{width}", operand(one), operand(other))
        }
        Expr::Insert(into, read, bytes, bits) => {
            format!(
                "insert {} {}:{bytes} at {bits}",
                register(into),
                operand(read)
            )
        }
    }
}

fn target(target: Target) -> String {
    match target {
        Target::At(address) => format!("{address:#x}"),
        Target::Reg(reg) => register(reg),
        Target::Memory(from) => place(from),
    }
}

fn effect(effect: Effect) -> String {
    match effect {
        Effect::Set(reg, value) => format!("{} = {}", register(reg), expr(value)),
        Effect::Store(to, value, size) => {
            let value = value.map_or("?".into(), operand);
            format!("{} = {value}:{size}", place(to))
        }
        Effect::Compare(reg, number, width) => {
            format!("compare {} {number:#x}:{width}", register(reg))
        }
        Effect::Flags => "flags".into(),
    }
}

/// Returns in one line what a word becomes.
fn render(word: u32) -> String {
    let mut insn = Insn::new();
    insn.effects.push(Effect::Flags);
    insn.padding = true;
    if !lift(ADDRESS, &word.to_le_bytes(), &mut insn) {
        return "none".into();
    }
    assert_eq!((insn.address, insn.length), (ADDRESS, 4));
    let mut parts: Vec<_> = insn.effects.iter().copied().map(effect).collect();
    if insn.padding {
        parts.push("padding".into());
    }
    parts.push(match insn.flow {
        Flow::Next => "next".into(),
        Flow::Jump(to) => format!("jump {}", target(to)),
        Flow::Branch(Condition::Equal, to) => format!("if equal {to:#x}"),
        Flow::Branch(Condition::NotEqual, to) => format!("if not equal {to:#x}"),
        Flow::Branch(Condition::Other, to) => format!("if {to:#x}"),
        Flow::Call(to) => format!("call {}", target(to)),
        Flow::Return => "return".into(),
        Flow::SystemCall => "system call".into(),
        Flow::Foreign(name) => name.into(),
        Flow::Stop => "stop".into(),
        Flow::Fault => "fault".into(),
    });
    parts.join("; ")
}

#[test]
fn words_become_effects_and_a_flow() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/aarch64/tests/words.txt");
    let expected = std::fs::read_to_string(path).unwrap();
    let mut actual = String::new();
    for line in expected.lines() {
        if line.starts_with('#') {
            writeln!(actual, "{line}").unwrap();
            continue;
        }
        let (word, rest) = line.split_once(" | ").unwrap();
        let (assembly, _) = rest.split_once(" |").unwrap();
        let rendered = render(u32::from_str_radix(word, 16).unwrap());
        writeln!(actual, "{word} | {assembly} | {rendered}").unwrap();
    }
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(path, &actual).unwrap();
        return;
    }
    for (expected, actual) in expected.lines().zip(actual.lines()) {
        assert_eq!(expected, actual);
    }
    assert!(expected.lines().count() > 100, "the table is not complete");
}

#[test]
fn fewer_than_four_bytes_are_no_instruction() {
    assert!(!lift(ADDRESS, &[0x1f, 0x20, 0x03], &mut Insn::new()));
}

/// Every pattern of the top bits, with others at random: nothing panics, and a comparison is last.
#[test]
fn every_word_can_be_decoded() {
    let mut insn = Insn::new();
    let mut word = 0u32;
    for _ in 0..4_000_000 {
        // Odd, so that all values come before the first is repeated.
        word = word.wrapping_add(0x9e37_79b1);
        for address in [0, u64::MAX - 3] {
            lift(address, &word.to_le_bytes(), &mut insn);
        }
        let last = insn.effects.len().saturating_sub(1);
        for (index, effect) in insn.effects.iter().enumerate() {
            match effect {
                Effect::Compare(reg, number, width) => {
                    assert_eq!(index, last, "{word:08x}");
                    assert!(
                        reg.0 < 32 && *number <= u64::MAX >> (64 - 8 * width),
                        "{word:08x}"
                    );
                }
                Effect::Store(_, Some(_), size) => assert!(*size <= 8, "{word:08x}"),
                Effect::Set(..) | Effect::Store(..) | Effect::Flags => {}
            }
        }
    }
}
