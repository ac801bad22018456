//! Where an instruction leads to.

use iced_x86::{FlowControl, Instruction, Mnemonic, OpKind};

use super::FAR;
use super::operand::{general, is_short, place};
use crate::insn::{Condition, Flow, Place, Target};

pub(super) fn flow(decoded: &Instruction) -> Flow {
    let target = || match decoded.op0_kind() {
        OpKind::NearBranch64 | OpKind::NearBranch32 | OpKind::NearBranch16 => {
            Some(Target::At(decoded.near_branch_target()))
        }
        OpKind::Register => general(decoded.op0_register()).map(Target::Reg),
        // The registers are not all of the address.
        OpKind::Memory if is_short(decoded) => Some(Target::Memory(Place {
            thread: true,
            ..Place::at(0)
        })),
        OpKind::Memory => Some(Target::Memory(place(decoded))),
        _ => None,
    };
    let is_far = decoded.is_jmp_far()
        || decoded.is_jmp_far_indirect()
        || decoded.is_call_far()
        || decoded.is_call_far_indirect()
        || matches!(
            decoded.mnemonic(),
            Mnemonic::Retf | Mnemonic::Iret | Mnemonic::Iretd | Mnemonic::Iretq
        );
    if is_far {
        return Flow::Foreign(FAR);
    }
    if decoded.is_privileged() && !is_permitted(decoded.mnemonic()) {
        return Flow::Fault;
    }
    match decoded.flow_control() {
        FlowControl::XbeginXabortXend if decoded.mnemonic() == Mnemonic::Xbegin => {
            Flow::Branch(Condition::Other, decoded.near_branch_target())
        }
        FlowControl::Next | FlowControl::XbeginXabortXend => match decoded.mnemonic() {
            Mnemonic::Sysenter => Flow::Foreign("sysenter"),
            _ => Flow::Next,
        },
        FlowControl::UnconditionalBranch | FlowControl::IndirectBranch => {
            target().map_or(Flow::Stop, Flow::Jump)
        }
        FlowControl::ConditionalBranch => {
            let condition = match decoded.mnemonic() {
                Mnemonic::Je => Condition::Equal,
                Mnemonic::Jne => Condition::NotEqual,
                _ => Condition::Other,
            };
            Flow::Branch(condition, decoded.near_branch_target())
        }
        FlowControl::Return => Flow::Return,
        FlowControl::Call | FlowControl::IndirectCall => match decoded.mnemonic() {
            Mnemonic::Syscall => Flow::SystemCall,
            Mnemonic::Sysenter => Flow::Foreign("sysenter"),
            _ => target().map_or(Flow::Next, Flow::Call),
        },
        FlowControl::Interrupt => match (decoded.mnemonic(), decoded.immediate8()) {
            (Mnemonic::Int, 0x80) => Flow::Foreign("int 0x80"),
            _ => Flow::Stop,
        },
        FlowControl::Exception => Flow::Stop,
    }
}

/// `iopl` and `ioperm` of Linux permit these; `hlt` stands where code does not come.
fn is_permitted(mnemonic: Mnemonic) -> bool {
    use Mnemonic::*;
    matches!(
        mnemonic,
        Hlt | In | Out | Insb | Insw | Insd | Outsb | Outsw | Outsd | Cli | Sti
    )
}
