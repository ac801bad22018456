//! Decodes x86_64.
//!
//! What moves, joins or computes numbers is translated exactly; of everything else the registers and
//! the memory that it writes, which the decoder's tables know.

mod flow;
mod operand;
mod other;
#[cfg(test)]
mod tests;

use iced_x86::{Code, Decoder, DecoderOptions, FlowControl, Instruction, Mnemonic, OpKind};

use crate::insn::{Effect, Expr, Flow, Insn, Op, Operand, Place, Reg, Relative, TEMP};
use operand::{general, is_short, place, read, register, write};

pub(crate) const RSP: Reg = Reg(4);
const RAX: Reg = Reg(0);
const RBP: Reg = Reg(5);

/// A jump to another segment. There is no other reason than to run 32-bit code.
pub(crate) const FAR: &str = "far jump";

/// Decodes the instruction at an address; `false` if there is none.
pub(crate) fn lift(address: u64, bytes: &[u8], insn: &mut Insn) -> bool {
    let bytes = &bytes[..bytes.len().min(15)];
    let mut decoder = Decoder::with_ip(64, bytes, address, DecoderOptions::NONE);
    let decoded = decoder.decode();
    insn.effects.clear();
    insn.address = address;
    insn.length = decoded.len() as u8;
    insn.padding = matches!(decoded.mnemonic(), Mnemonic::Nop | Mnemonic::Int3);
    insn.flow = Flow::Next;
    insn.relative = None;
    if decoded.is_invalid() {
        return false;
    }
    let exact = match decoded.mnemonic() {
        Mnemonic::Lea => moves(&decoded, insn),
        _ if is_short(&decoded) => false,
        _ => moves(&decoded, insn) || computes(&decoded, insn) || stacks(&decoded, insn),
    };
    if !exact {
        insn.effects.clear();
        other::other(&decoded, &mut insn.effects);
    }
    if decoded.mnemonic() == Mnemonic::Pause {
        other::pause(&bytes[..decoded.len()], &mut insn.effects);
    }
    insn.flow = flow::flow(&decoded);
    if decoded.is_ip_rel_memory_operand() {
        let address = decoded.ip_rel_memory_address();
        insn.relative = Some(match decoded.mnemonic() {
            Mnemonic::Lea => Relative::Address(address),
            _ => Relative::Memory(address, decoded.memory_size().size() as u32),
        });
    }
    true
}

/// Moves: exactly what is written.
fn moves(decoded: &Instruction, insn: &mut Insn) -> bool {
    use Mnemonic::*;
    let effects = &mut insn.effects;
    match decoded.mnemonic() {
        Mov => {
            let memory = decoded.op0_kind() == OpKind::Memory;
            if !memory && general(decoded.op0_register()).is_none() {
                return false;
            }
            let Some((value, width)) = read(decoded, 1, effects) else {
                return false;
            };
            if memory {
                let width = decoded.memory_size().size() as u32;
                effects.push(Effect::Store(place(decoded), Some(value), width));
            } else {
                let width = register(decoded.op0_register()).map_or(width, |(_, width, _)| width);
                write(decoded.op0_register(), value, width, effects);
            }
        }
        Movzx | Movsx | Movsxd => {
            let Some((to, wide, _)) = register(decoded.op0_register()) else {
                return false;
            };
            let Some((value, width)) = read(decoded, 1, effects) else {
                return false;
            };
            let signed = decoded.mnemonic() != Movzx;
            let expr = match (signed, wide) {
                (_, 0..4) => Expr::Unknown,
                (true, _) => Expr::Signed(value, width, wide),
                (false, _) => Expr::Low(value, width),
            };
            effects.push(Effect::Set(to, expr));
        }
        Cdqe => effects.push(Effect::Set(RAX, Expr::Signed(Operand::Reg(RAX), 4, 8))),
        Lea => return address(decoded, effects),
        Xchg => {
            let one = decoded.op0_kind() == OpKind::Register;
            let two = decoded.op1_kind() == OpKind::Register;
            let (Some(a), b) = (
                register(if one {
                    decoded.op0_register()
                } else {
                    decoded.op1_register()
                }),
                register(decoded.op1_register()),
            ) else {
                return false;
            };
            if a.1 < 4 {
                return false;
            }
            if one && two {
                let Some(b) = b else { return false };
                effects.push(Effect::Set(TEMP, Expr::Low(Operand::Reg(a.0), 8)));
                effects.push(Effect::Set(a.0, Expr::Low(Operand::Reg(b.0), a.1)));
                effects.push(Effect::Set(b.0, Expr::Low(Operand::Reg(TEMP), a.1)));
            } else {
                let place = place(decoded);
                effects.push(Effect::Set(TEMP, Expr::Load(place, a.1, None)));
                effects.push(Effect::Store(place, Some(Operand::Reg(a.0)), a.1.into()));
                effects.push(Effect::Set(a.0, Expr::Low(Operand::Reg(TEMP), a.1)));
            }
        }
        Cmova | Cmovae | Cmovb | Cmovbe | Cmove | Cmovg | Cmovge | Cmovl | Cmovle | Cmovne
        | Cmovno | Cmovnp | Cmovns | Cmovo | Cmovp | Cmovs => {
            let Some((to, width @ 4.., _)) = register(decoded.op0_register()) else {
                return false;
            };
            let Some((value, _)) = read(decoded, 1, effects) else {
                return false;
            };
            effects.push(Effect::Set(
                to,
                Expr::Either(Operand::Reg(to), value, width),
            ));
        }
        Seta | Setae | Setb | Setbe | Sete | Setg | Setge | Setl | Setle | Setne | Setno
        | Setnp | Setns | Seto | Setp | Sets => {
            if decoded.op0_kind() == OpKind::Memory {
                effects.push(Effect::Store(place(decoded), None, 1));
                return true;
            }
            let (zero, one) = (Operand::Const(0), Operand::Const(1));
            effects.push(Effect::Set(TEMP, Expr::Either(zero, one, 1)));
            write(decoded.op0_register(), Operand::Reg(TEMP), 1, effects);
        }
        _ => return false,
    }
    true
}

/// `lea`: any sum of a base, a scaled index and an offset.
fn address(decoded: &Instruction, effects: &mut Vec<Effect>) -> bool {
    let Some((to, width @ 4.., _)) = register(decoded.op0_register()) else {
        return false;
    };
    let place = place(decoded);
    let offset = Operand::Const(place.offset as u64);
    let width = if is_short(decoded) { 4 } else { width };
    let expr = match (place.base, place.index) {
        (None, None) => Expr::Low(offset, width),
        (Some(base), None) => Expr::Binary(Op::Add, Operand::Reg(base), offset, width),
        (base, Some((index, scale))) => {
            let shift = Operand::Const(scale.trailing_zeros().into());
            let scaled = Expr::Binary(Op::ShiftLeft, Operand::Reg(index), shift, 8);
            effects.push(Effect::Set(TEMP, scaled));
            if let Some(base) = base {
                let sum = Expr::Binary(Op::Add, Operand::Reg(base), Operand::Reg(TEMP), 8);
                effects.push(Effect::Set(TEMP, sum));
            }
            Expr::Binary(Op::Add, Operand::Reg(TEMP), offset, width)
        }
    };
    effects.push(Effect::Set(to, expr));
    true
}

/// Arithmetic, and what it says of the result.
fn computes(decoded: &Instruction, insn: &mut Insn) -> bool {
    use Mnemonic::*;
    let effects = &mut insn.effects;
    let mnemonic = decoded.mnemonic();
    let same = decoded.op_count() == 2
        && decoded.op0_kind() == OpKind::Register
        && decoded.op1_kind() == OpKind::Register
        && decoded.op0_register() == decoded.op1_register();
    let memory = decoded.op0_kind() == OpKind::Memory;
    match mnemonic {
        Cmp | Test => {
            let constant = match mnemonic {
                Cmp if !same => None,
                Test if same => Some(0),
                _ => return false,
            };
            if memory {
                // So that the table of a `switch` has a size.
                let width @ (1 | 2 | 4 | 8) = decoded.memory_size().size() as u8 else {
                    return false;
                };
                let Some(value) = operand::immediate(decoded, 1).filter(|_| mnemonic == Cmp) else {
                    return false;
                };
                effects.push(Effect::Set(TEMP, Expr::Load(place(decoded), width, None)));
                effects.push(Effect::Compare(TEMP, operand::low(value, width), width));
                return true;
            }
            let Some((to, width, 0)) = register(decoded.op0_register()) else {
                return false;
            };
            let Some(value) = constant.or_else(|| operand::immediate(decoded, 1)) else {
                return false;
            };
            effects.push(Effect::Compare(to, operand::low(value, width), width));
            return true;
        }
        _ => {}
    }
    let op = match mnemonic {
        Xor | Sub | Sbb if same && !memory => {
            let Some((to, width @ 4.., _)) = register(decoded.op0_register()) else {
                return false;
            };
            let minus = if mnemonic == Sbb { u64::MAX } else { 0 };
            let expr = Expr::Either(Operand::Const(0), Operand::Const(minus), width);
            effects.extend([Effect::Set(to, expr), Effect::Flags]);
            return true;
        }
        Add => Op::Add,
        Sub => Op::Sub,
        And => Op::And,
        Or => Op::Or,
        Xor => Op::Xor,
        Shl => Op::ShiftLeft,
        Shr => Op::ShiftRight,
        Inc => Op::Add,
        Dec => Op::Sub,
        Not => Op::Xor,
        Neg => Op::Sub,
        _ => return false,
    };
    let (to, width) = if memory {
        let width @ (1 | 2 | 4 | 8) = decoded.memory_size().size() as u8 else {
            return false;
        };
        (TEMP, width)
    } else {
        match register(decoded.op0_register()) {
            Some((to, width, 0)) => (to, width),
            _ => return false,
        }
    };
    let own = Operand::Reg(to);
    let (left, right) = match mnemonic {
        Inc | Dec => (own, Operand::Const(1)),
        Not => (own, Operand::Const(u64::MAX)),
        Neg => (Operand::Const(0), own),
        _ => match read(decoded, 1, effects) {
            Some((value, _)) => (own, value),
            None => return false,
        },
    };
    let expr = Expr::Binary(op, left, right, width);
    if memory {
        if right == Operand::Reg(TEMP) && mnemonic != Neg {
            // From bits 8 to 15 of a register, which `TEMP` has.
            return false;
        }
        let place = place(decoded);
        effects.extend([
            Effect::Set(TEMP, Expr::Load(place, width, None)),
            Effect::Set(TEMP, expr),
            Effect::Store(place, Some(Operand::Reg(TEMP)), width.into()),
        ]);
        if mnemonic != Not {
            effects.push(Effect::Flags);
        }
        return true;
    }
    if width >= 4 {
        effects.push(Effect::Set(to, expr));
    } else {
        effects.push(Effect::Set(TEMP, expr));
        write(decoded.op0_register(), Operand::Reg(TEMP), width, effects);
    }
    match op {
        // A shift by zero leaves the flags, and `not` has none.
        Op::ShiftLeft | Op::ShiftRight => effects.push(Effect::Flags),
        _ if mnemonic == Not => {}
        _ => effects.push(Effect::Compare(to, 0, width)),
    }
    true
}

/// What works on the stack.
fn stacks(decoded: &Instruction, insn: &mut Insn) -> bool {
    use Mnemonic::*;
    let top = Place {
        base: Some(RSP),
        ..Place::at(0)
    };
    let grow = |op| {
        Effect::Set(
            RSP,
            Expr::Binary(op, Operand::Reg(RSP), Operand::Const(8), 8),
        )
    };
    let effects = &mut insn.effects;
    match decoded.mnemonic() {
        Push if decoded.stack_pointer_increment() == -8 => {
            let value = match read(decoded, 0, effects) {
                Some((Operand::Reg(reg), 8)) => {
                    effects.push(Effect::Set(TEMP, Expr::Low(Operand::Reg(reg), 8)));
                    Some(Operand::Reg(TEMP))
                }
                Some((Operand::Const(value), _)) => Some(Operand::Const(value)),
                _ => return false,
            };
            effects.extend([grow(Op::Sub), Effect::Store(top, value, 8)]);
        }
        Pop => {
            let Some((to, 8, _)) = register(decoded.op0_register()) else {
                return false;
            };
            effects.push(Effect::Set(TEMP, Expr::Load(top, 8, None)));
            effects.push(grow(Op::Add));
            effects.push(Effect::Set(to, Expr::Low(Operand::Reg(TEMP), 8)));
        }
        Leave if decoded.code() == Code::Leaveq => effects.extend([
            Effect::Set(RSP, Expr::Low(Operand::Reg(RBP), 8)),
            Effect::Set(RBP, Expr::Load(top, 8, None)),
            grow(Op::Add),
        ]),
        Call if decoded.flow_control() != FlowControl::Interrupt => {
            let next = Operand::Const(decoded.next_ip());
            effects.extend([grow(Op::Sub), Effect::Store(top, Some(next), 8)]);
        }
        Ret => {}
        _ => return false,
    }
    true
}
