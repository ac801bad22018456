//! Any instructions: the verifier and the machine answer, and what is accepted says what the
//! policy says. Most are a real program with some instructions changed, as others never come near.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use seccomp_profile_compiler::bpf::{self, Insn};
use seccomp_profile_compiler::compile;
use seccomp_profile_compiler::linux::data::SeccompData;
use seccomp_profile_compiler::verify::verify;
use seccomp_profile_compiler_fuzz::{Profile, calls};

#[derive(Arbitrary, Debug)]
struct Input {
    profile: Profile,
    /// Instructions in place of the profile's program.
    raw: Option<Vec<[u8; 8]>>,
    edits: Vec<(u16, Edit)>,
}

#[derive(Arbitrary, Debug)]
enum Edit {
    Code(u16),
    JumpIf(u8),
    JumpElse(u8),
    K(u32),
    Flip(u8),
    Swap(u16),
    Insert([u8; 8]),
    Remove,
}

fuzz_target!(|input: Input| {
    let (text, target) = (input.profile.text(), input.profile.target());
    let Ok(compiled) = compile(&text, target, &input.profile.options()) else {
        return;
    };
    let mut insns = match &input.raw {
        Some(raw) => raw.iter().copied().map(instruction).collect(),
        None => compiled.program.insns().to_vec(),
    };
    for (at, edit) in &input.edits {
        change(&mut insns, usize::from(*at), edit);
    }
    let endian = target.endian();
    bpf::listing(&insns, endian);
    let _ = bpf::run(&insns, &SeccompData::default(), endian);
    let Ok(program) = verify(&compiled.policy, insns) else {
        return;
    };
    for call in calls(&compiled.policy) {
        let policy = compiled.policy.decide(&call);
        let answer = bpf::run(program.insns(), &call, endian).map(|answer| answer.word);
        assert!(
            answer == Ok(policy.word()),
            "accepted, but {call:x?} gets {answer:x?} where the policy says {policy}\n{}\n{text} \
             for {target}",
            bpf::listing(program.insns(), endian)
        );
    }
});

fn change(insns: &mut Vec<Insn>, at: usize, edit: &Edit) {
    if insns.is_empty() {
        return;
    }
    let at = at % insns.len();
    match *edit {
        Edit::Code(code) => insns[at].code = code,
        Edit::JumpIf(jt) => insns[at].jt = jt,
        Edit::JumpElse(jf) => insns[at].jf = jf,
        Edit::K(k) => insns[at].k = k,
        Edit::Flip(bit) => insns[at].k ^= 1 << (bit % 32),
        Edit::Swap(other) => {
            let other = usize::from(other) % insns.len();
            insns.swap(at, other);
        }
        Edit::Insert(bytes) => insns.insert(at, instruction(bytes)),
        Edit::Remove => drop(insns.remove(at)),
    }
}

/// Eight bytes, of which most are an operation that the verifier knows.
fn instruction([code, free, jt, jf, k @ ..]: [u8; 8]) -> Insn {
    use bpf::{AND, JA, JEQ, JGE, JGT, JSET, LD, RET};
    let known = [AND, JA, JEQ, JGE, JGT, JSET, LD, LD, RET, RET];
    let code = match known.get(usize::from(code) % 16) {
        Some(code) => *code,
        None => u16::from_le_bytes([code, free]),
    };
    let k = u32::from_le_bytes(k);
    Insn { code, jt, jf, k }
}
