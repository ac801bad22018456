//! What bytes become.

#[cfg(target_arch = "x86_64")]
mod executed;
#[cfg(target_arch = "x86_64")]
mod machine;
#[cfg(target_arch = "x86_64")]
mod native;

use std::fmt::Write;

use super::lift;
use crate::insn::{Condition, Effect, Expr, Flow, Insn, Operand, Place, Reg, Target};

const ADDRESS: u64 = 0x10000;
const NAMES: [&str; 16] = [
    "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13",
    "r14", "r15",
];

fn register(register: Reg) -> &'static str {
    NAMES.get(usize::from(register.0)).unwrap_or(&"temp")
}

fn operand(read: Operand) -> String {
    match read {
        Operand::Reg(reg) => register(reg).into(),
        Operand::Const(number) => format!("{number:#x}"),
    }
}

fn place(place: Place) -> String {
    let base = place.base.map(|base| register(base).to_string());
    let index = place
        .index
        .map(|(index, scale)| format!("{}*{scale}", register(index)));
    let offset = (place.offset != 0 || base.is_none()).then(|| match place.offset {
        offset @ ..0 => format!("-{:#x}", offset.unsigned_abs()),
        offset => format!("{offset:#x}"),
    });
    let parts: Vec<_> = [base, index, offset].into_iter().flatten().collect();
    let thread = if place.thread { "thread " } else { "" };
    format!("{thread}[{}]", parts.join(" + "))
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
            let (into, read) = (register(into), operand(read));
            format!("insert {into} {read}:{bytes} at {bits}")
        }
    }
}

fn target(target: Target) -> String {
    match target {
        Target::At(address) => format!("{address:#x}"),
        Target::Reg(reg) => register(reg).into(),
        Target::Memory(from) => place(from),
    }
}

fn effect(effect: Effect) -> String {
    match effect {
        Effect::Set(reg, value) => format!("{} = {}", register(reg), expr(value)),
        Effect::Store(to, value, size) => {
            let value = value.map_or("?".into(), operand);
            let size = match size {
                u32::MAX => "many".into(),
                size => size.to_string(),
            };
            format!("{} = {value}:{size}", place(to))
        }
        Effect::Compare(reg, number, width) => {
            format!("compare {} {number:#x}:{width}", register(reg))
        }
        Effect::Flags => "flags".into(),
    }
}

/// Returns in one line what bytes become.
fn render(bytes: &[u8]) -> String {
    let mut insn = Insn::new();
    insn.effects.push(Effect::Flags);
    insn.padding = true;
    if !lift(ADDRESS, bytes, &mut insn) {
        return "none".into();
    }
    assert_eq!(
        (insn.address, usize::from(insn.length)),
        (ADDRESS, bytes.len())
    );
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
fn bytes_become_effects_and_a_flow() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/x86_64/tests/bytes.txt");
    let expected = std::fs::read_to_string(path).unwrap();
    let mut actual = String::new();
    for line in expected.lines() {
        if line.starts_with('#') {
            writeln!(actual, "{line}").unwrap();
            continue;
        }
        let (bytes, rest) = line.split_once(" | ").unwrap();
        let (assembly, _) = rest.split_once(" |").unwrap();
        let numbers = bytes.split(' ');
        let numbers: Vec<_> = numbers
            .map(|b| u8::from_str_radix(b, 16).unwrap())
            .collect();
        writeln!(actual, "{bytes} | {assembly} | {}", render(&numbers)).unwrap();
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
