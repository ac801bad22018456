//! What is not translated exactly: whatever it writes is unknown, and what it takes out of sight is
//! known by others from then on.

use iced_x86::{Instruction, InstructionInfoFactory, Mnemonic, OpAccess, Register, UsedMemory};

use super::operand::{self, general, is_short};
use super::{RAX, RSP};
use crate::insn::{ELSEWHERE, Effect, Expr, Op, Operand, Place, Reg, TEMP};

/// Bytes of which there can be any number: what `rep` repeats.
const MANY: u32 = u32::MAX;

/// Whatever it writes is unknown.
pub(super) fn other(decoded: &Instruction, effects: &mut Vec<Effect>) {
    let mut factory = InstructionInfoFactory::new();
    let info = factory.info(decoded);
    let (memory, registers) = (info.used_memory(), info.used_registers());
    let changes = memory.iter().any(|used| writes(used.access()))
        || registers.iter().any(|used| writes(used.access()))
        || decoded.fpu_stack_increment_info().writes_top();
    // Into memory, or a register that is not followed.
    let hides = memory.iter().any(|used| writes(used.access()))
        || registers
            .iter()
            .any(|used| writes(used.access()) && general(used.register()).is_none());
    if changes {
        for used in memory.iter().filter(|used| reads(used.access())) {
            read(decoded, used, effects);
        }
        let addresses: Vec<_> = memory
            .iter()
            .flat_map(|used| [general(used.base()), general(used.index())])
            .collect();
        for used in registers.iter().filter(|used| reads(used.access())) {
            let register = used.register();
            let named = (0..decoded.op_count()).any(|op| decoded.op_register(op) == register);
            // At a fixed address, an address has 32 bits.
            let is_wide = register.is_gpr64() || register.is_gpr32();
            match general(register).filter(|_| is_wide) {
                Some(reg) if named || !addresses.contains(&Some(reg)) => {
                    leak(decoded, reg, hides, effects);
                }
                _ => {}
            }
        }
    }
    for used in memory.iter().filter(|used| writes(used.access())) {
        write(decoded, used, effects);
    }
    let stack = registers.iter().filter(|used| writes(used.access()));
    let stack = stack.filter(|used| general(used.register()) == Some(RSP));
    // `pop sp` writes it twice, and `enter` with a width of 16 bits not all of it.
    let moved = match (stack.count(), decoded.mnemonic()) {
        (1, mnemonic) if mnemonic != Mnemonic::Enter => decoded.stack_pointer_increment(),
        _ => 0,
    };
    for used in registers {
        let Some(to) = general(used.register()).filter(|_| writes(used.access())) else {
            continue;
        };
        let expr = match moved {
            _ if to != RSP && is_computed(effects) => Expr::Low(Operand::Reg(TEMP), 8),
            _ if to != RSP => Expr::Unknown,
            0 => {
                unknown(RSP, effects);
                Expr::Unknown
            }
            moved => {
                let moved = Operand::Const(i64::from(moved) as u64);
                Expr::Binary(Op::Add, Operand::Reg(RSP), moved, 8)
            }
        };
        effects.push(Effect::Set(to, expr));
    }
    if decoded.rflags_modified() != 0 {
        effects.push(Effect::Flags);
    }
    match decoded.mnemonic() {
        // From here on, `rep` goes down: what it writes can be anywhere.
        Mnemonic::Std => {
            unknown(RSP, effects);
            let place = anywhere(Some(RSP));
            effects.push(Effect::Store(place, None, MANY));
        }
        // A hypervisor takes and returns what it likes in registers: VMware also by `in`.
        Mnemonic::Vmcall | Mnemonic::Vmmcall | Mnemonic::In => {
            let changed =
                [0, 1, 2, 3, 5, 6, 7].map(|number| Effect::Set(Reg(number), Expr::Unknown));
            effects.extend(changed);
        }
        _ => {}
    }
}

/// Returns a place at an unknown distance from a register. `TEMP` must be unknown.
fn anywhere(base: Option<Reg>) -> Place {
    Place {
        base,
        index: Some((TEMP, 1)),
        offset: 0,
        thread: false,
    }
}

/// Returns whether `TEMP` has something that is computed in a way that cannot be followed.
fn is_computed(effects: &[Effect]) -> bool {
    effects.contains(&Effect::Set(TEMP, Expr::Unknown))
}

/// Something is computed from a register that cannot be followed, and can be an address like it. `TEMP`
/// has what it is.
fn unknown(from: Reg, effects: &mut Vec<Effect>) {
    if !is_computed(effects) {
        effects.push(Effect::Set(TEMP, Expr::Unknown));
    }
    let sum = Expr::Binary(Op::Add, Operand::Reg(from), Operand::Reg(TEMP), 8);
    effects.push(Effect::Set(TEMP, sum));
}

/// The value of a register goes where it cannot be followed.
fn leak(decoded: &Instruction, from: Reg, hides: bool, effects: &mut Vec<Effect>) {
    use Mnemonic::*;
    // The stack pointer is moved, and a count stays one.
    if matches!(
        decoded.mnemonic(),
        Push | Pop | Enter | Leave | Call | Ret | Loop | Loope | Loopne
    ) {
        return;
    }
    if hides {
        effects.push(Effect::Store(ELSEWHERE, Some(Operand::Reg(from)), 8));
    }
    unknown(from, effects);
}

/// What is in memory goes where it cannot be followed.
fn read(decoded: &Instruction, used: &UsedMemory, effects: &mut Vec<Effect>) {
    let size = match used.memory_size().size() as i64 {
        _ if is_repeated(decoded) => 0,
        size => size,
    };
    let fixed = matches!(used.base(), Register::RIP | Register::EIP | Register::None)
        && used.index() == Register::None
        && (4..=8).contains(&size);
    if fixed {
        let place = operand::place(decoded);
        if !place.thread {
            effects.push(Effect::Set(TEMP, Expr::Load(place, size as u8, None)));
            effects.push(Effect::Store(ELSEWHERE, Some(Operand::Reg(TEMP)), 8));
        }
        return;
    }
    let Some(base) = general(used.base()) else {
        // Of globals, all is known by others.
        return;
    };
    let is_vector = used.index() != Register::None && general(used.index()).is_none();
    if is_short(decoded) || is_vector || size == 0 {
        effects.push(Effect::Store(ELSEWHERE, Some(Operand::Reg(base)), 8));
        return;
    }
    let place = place(used);
    // Not of what is too small for half an address.
    let width = size.min(8);
    for offset in (0..size - 3).step_by(8) {
        let offset = place.offset.wrapping_add(offset);
        let load = Expr::Load(Place { offset, ..place }, width as u8, None);
        effects.push(Effect::Set(TEMP, load));
        effects.push(Effect::Store(ELSEWHERE, Some(Operand::Reg(TEMP)), 8));
    }
}

fn write(decoded: &Instruction, used: &UsedMemory, effects: &mut Vec<Effect>) {
    use Mnemonic::*;
    let size = match used.memory_size().size() as u32 {
        _ if is_repeated(decoded) => MANY,
        0 => MANY,
        size => size,
    };
    let base = general(used.base());
    // Scattered stores go to several places that only a vector knows, a number of a bit can be beyond
    // the operand, and `clzero` begins where the line of the cache does.
    let is_scattered = used.index() != Register::None && general(used.index()).is_none();
    let is_bit =
        matches!(decoded.mnemonic(), Btc | Btr | Bts) && general(decoded.op1_register()).is_some();
    let is_line = decoded.mnemonic() == Clzero;
    if is_scattered || is_bit || is_line || is_short(decoded) {
        if let Some((index, _)) = place(used).index {
            unknown(index, effects);
        }
        effects.push(Effect::Set(TEMP, Expr::Unknown));
        effects.push(Effect::Store(anywhere(base), None, size));
        return;
    }
    let place = match used.base() {
        Register::RIP | Register::EIP => operand::place(decoded),
        _ => place(used),
    };
    effects.push(Effect::Store(place, None, size));
}

fn place(used: &UsedMemory) -> Place {
    Place {
        base: general(used.base()),
        index: general(used.index()).map(|index| (index, used.scale() as u8)),
        offset: used.displacement() as i64,
        thread: matches!(used.segment(), Register::FS | Register::GS),
    }
}

fn is_repeated(decoded: &Instruction) -> bool {
    decoded.has_rep_prefix() || decoded.has_repne_prefix()
}

fn writes(access: OpAccess) -> bool {
    matches!(
        access,
        OpAccess::Write | OpAccess::CondWrite | OpAccess::ReadWrite | OpAccess::ReadCondWrite
    )
}

fn reads(access: OpAccess) -> bool {
    matches!(
        access,
        OpAccess::Read | OpAccess::CondRead | OpAccess::ReadWrite | OpAccess::ReadCondWrite
    )
}

/// `xchg r8, rax` with the prefix of `pause` is one on some processors.
pub(super) fn pause(bytes: &[u8], effects: &mut Vec<Effect>) {
    if matches!(
        bytes,
        [
            ..,
            0x41 | 0x43 | 0x45 | 0x47 | 0x49 | 0x4b | 0x4d | 0x4f,
            0x90
        ]
    ) {
        for to in [RAX, Reg(8)] {
            unknown(to, effects);
            effects.push(Effect::Set(to, Expr::Unknown));
        }
    }
}
