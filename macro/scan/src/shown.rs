//! What a decoder makes of an instruction, as a line of text, and a table of such lines that is compared.

use std::fmt::Write as _;

use crate::insn::{Condition, Effect, Expr, Flow, Insn, Operand, Place, Reg, TEMP, Target};

/// The address that instructions of a table have.
pub(crate) const ADDRESS: u64 = 0x10000;

/// Shows instructions of an architecture.
pub(crate) struct Shown {
    /// Returns the name of a register of the machine.
    pub(crate) name: fn(u8) -> String,
    pub(crate) lift: fn(u64, &[u8], &mut Insn) -> bool,
}

impl Shown {
    fn register(&self, register: Reg) -> String {
        match register {
            TEMP => "temp".into(),
            register => (self.name)(register.0),
        }
    }

    fn operand(&self, read: Operand) -> String {
        match read {
            Operand::Reg(reg) => self.register(reg),
            Operand::Const(number) => format!("{number:#x}"),
        }
    }

    fn place(&self, place: Place) -> String {
        let base = place.base.map(|base| self.register(base));
        let index = place
            .index
            .map(|(index, scale)| format!("{}*{scale}", self.register(index)));
        let offset = (place.offset != 0 || base.is_none()).then(|| match place.offset {
            offset @ ..0 => format!("-{:#x}", offset.unsigned_abs()),
            offset => format!("{offset:#x}"),
        });
        let parts: Vec<_> = [base, index, offset].into_iter().flatten().collect();
        let thread = if place.thread { "thread " } else { "" };
        format!("{thread}[{}]", parts.join(" + "))
    }

    fn expr(&self, value: Expr) -> String {
        match value {
            Expr::Unknown => "?".into(),
            Expr::Low(read, width) => format!("{}:{width}", self.operand(read)),
            Expr::Signed(read, from, to) => format!("signed {}:{from}:{to}", self.operand(read)),
            Expr::Binary(op, left, right, width) => {
                format!(
                    "{op:?} {} {}:{width}",
                    self.operand(left),
                    self.operand(right)
                )
            }
            Expr::Load(from, size, None) => format!("{}:{size}", self.place(from)),
            Expr::Load(from, size, Some(to)) => format!("signed {}:{size}:{to}", self.place(from)),
            Expr::Either(one, other, width) => {
                format!(
                    "either {} {}:{width}",
                    self.operand(one),
                    self.operand(other)
                )
            }
            Expr::Insert(into, read, bytes, bits) => {
                let (into, read) = (self.register(into), self.operand(read));
                format!("insert {into} {read}:{bytes} at {bits}")
            }
        }
    }

    fn target(&self, target: Target) -> String {
        match target {
            Target::At(address) => format!("{address:#x}"),
            Target::Reg(reg) => self.register(reg),
            Target::Memory(from) => self.place(from),
        }
    }

    fn effect(&self, effect: Effect) -> String {
        match effect {
            Effect::Set(reg, value) => format!("{} = {}", self.register(reg), self.expr(value)),
            Effect::Store(to, value, size) => {
                let value = value.map_or("?".into(), |value| self.operand(value));
                let size = match size {
                    u32::MAX => "many".into(),
                    size => size.to_string(),
                };
                format!("{} = {value}:{size}", self.place(to))
            }
            Effect::Compare(reg, number, width) => {
                format!("compare {} {number:#x}:{width}", self.register(reg))
            }
            Effect::Flags => "flags".into(),
        }
    }

    /// Returns in one line what bytes become.
    fn line(&self, bytes: &[u8]) -> String {
        let mut insn = Insn::new();
        // `lift` fills it anew.
        insn.effects.push(Effect::Flags);
        insn.padding = true;
        if !(self.lift)(ADDRESS, bytes, &mut insn) {
            return "none".into();
        }
        assert_eq!(
            (insn.address, usize::from(insn.length)),
            (ADDRESS, bytes.len())
        );
        let mut parts: Vec<_> = insn
            .effects
            .iter()
            .copied()
            .map(|effect| self.effect(effect))
            .collect();
        if insn.padding {
            parts.push("padding".into());
        }
        parts.push(match insn.flow {
            Flow::Next => "next".into(),
            Flow::Jump(to) => format!("jump {}", self.target(to)),
            Flow::Branch(Condition::Equal, to) => format!("if equal {to:#x}"),
            Flow::Branch(Condition::NotEqual, to) => format!("if not equal {to:#x}"),
            Flow::Branch(Condition::Other, to) => format!("if {to:#x}"),
            Flow::Call(to) => format!("call {}", self.target(to)),
            Flow::Return => "return".into(),
            Flow::SystemCall => "system call".into(),
            Flow::Foreign(name) => name.into(),
            Flow::Stop => "stop".into(),
            Flow::Fault => "fault".into(),
        });
        parts.join("; ")
    }

    /// Compares a table with what its bytes become. Each line has what `bytes` reads, the assembly, and
    /// the rest, which is rewritten if `BLESS` is set.
    pub(crate) fn compare(&self, path: &str, bytes: impl Fn(&str) -> Vec<u8>) {
        let expected = std::fs::read_to_string(path).unwrap();
        let mut actual = String::new();
        for line in expected.lines() {
            if line.starts_with('#') {
                writeln!(actual, "{line}").unwrap();
                continue;
            }
            let (code, rest) = line.split_once(" | ").unwrap();
            let (assembly, _) = rest.split_once(" |").unwrap();
            let rendered = self.line(&bytes(code));
            writeln!(actual, "{code} | {assembly} | {rendered}").unwrap();
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
}
