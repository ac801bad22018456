//! What programs have to be like beside their answers.

use seccomp_profile_compiler::bpf::{AND, Insn, JA, JEQ, JGT, JSET, LD, MAX_LEN, RET};
use seccomp_profile_compiler::linux::abi::Abi;
use seccomp_profile_compiler::linux::action::Action;
use seccomp_profile_compiler::linux::data::Word;
use seccomp_profile_compiler::policy::{Policy, Test};
use seccomp_profile_compiler::verify::{Mismatch, verify};

use super::{ALLOW, accepted, around, ld, naive, one, ret, rule, wrong};

#[test]
fn structure_is_checked() {
    let allow_all = Policy {
        default: ALLOW,
        bad_arch: ALLOW,
        ..one(Abi::X86_64, vec![rule(&[], ALLOW)])
    };
    let nr = ld(Word::Nr);
    let done = ret(ALLOW);
    accepted(&allow_all, vec![done]);
    accepted(
        &allow_all,
        vec![nr, Insn::stmt(AND, 3), Insn::jump(JSET, 1, 0, 0), done],
    );
    let unknown = |at, insn| Mismatch::Unknown { at, insn };
    let cases: Vec<(Vec<Insn>, Mismatch)> = vec![
        (vec![], Mismatch::Length(0)),
        (vec![done; MAX_LEN + 1], Mismatch::Length(MAX_LEN + 1)),
        (vec![nr], Mismatch::NoReturn),
        (vec![done, nr], Mismatch::NoReturn),
        (
            vec![nr, Insn::jump(JEQ, 1, 1, 0), done],
            Mismatch::Leaves(1),
        ),
        (
            vec![nr, Insn::jump(JGT, 1, 0, 255), done],
            Mismatch::Leaves(1),
        ),
        (vec![Insn::stmt(JA, 1), done], Mismatch::Leaves(0)),
        (vec![Insn::stmt(JA, u32::MAX), done], Mismatch::Leaves(0)),
        (vec![Insn::stmt(AND, 1), done], Mismatch::Unloaded(0)),
        (
            vec![Insn::stmt(JA, 0), Insn::jump(JEQ, 0, 0, 0), done],
            Mismatch::Unloaded(1),
        ),
        (vec![done, done], Mismatch::Unreachable(1)),
        (
            vec![nr, Insn::jump(JEQ, 1, 1, 1), done, done],
            Mismatch::Unreachable(2),
        ),
        (vec![Insn::stmt(LD, 2), done], unknown(0, Insn::stmt(LD, 2))),
        (
            vec![Insn::stmt(LD, 64), done],
            unknown(0, Insn::stmt(LD, 64)),
        ),
        // Loads of a byte and of the length, MISC, RET A, a test against X: the kernel takes
        // some of these, this compiler has none.
        (
            vec![Insn::stmt(0x30, 0), done],
            unknown(0, Insn::stmt(0x30, 0)),
        ),
        (
            vec![Insn::stmt(0x80, 0), done],
            unknown(0, Insn::stmt(0x80, 0)),
        ),
        (
            vec![Insn::stmt(0x07, 0), done],
            unknown(0, Insn::stmt(0x07, 0)),
        ),
        (vec![Insn::stmt(0x16, 0)], unknown(0, Insn::stmt(0x16, 0))),
        (
            vec![nr, Insn::jump(0x1d, 0, 0, 0), done],
            unknown(1, Insn::jump(0x1d, 0, 0, 0)),
        ),
    ];
    for (insns, mismatch) in cases {
        println!("{mismatch}");
        assert_eq!(verify(&allow_all, insns), Err(mismatch));
    }
}

#[test]
fn always_allowed_numbers_are_cached() {
    let policy = one(Abi::X86_64, vec![rule(&[], ALLOW)]);
    let looks = around(&[ld(Word::ArgLow(3)), ret(ALLOW)]);
    let mismatch = verify(&policy, looks).unwrap_err();
    let text = mismatch.to_string();
    let Mismatch::Uncached { data, at } = mismatch else {
        panic!("{text}");
    };
    assert_eq!((data.arch, data.nr, at), (Abi::X86_64.token(), 7, 8));
    assert_eq!(
        text,
        "arch 0xc000003e, nr 7, args 0x0 0x0 0x0 0x0 0x0 0x0: the policy always allows it, \
         but instruction 8 loads more than its number and architecture"
    );
    // For the kernel's cache a look at the instruction pointer is as bad; number and architecture
    // may be looked at as often as one likes.
    let looks = around(&[ld(Word::IpHigh), ret(ALLOW)]);
    assert!(matches!(
        verify(&policy, looks),
        Err(Mismatch::Uncached { at: 8, .. })
    ));
    let again = [ld(Word::Arch), ld(Word::Nr), Insn::stmt(AND, 7), ret(ALLOW)];
    accepted(&policy, around(&again));
    // Other answers are not cached anyway.
    let denied = one(Abi::X86_64, vec![rule(&[], Action::Log)]);
    accepted(&denied, around(&[ld(Word::ArgLow(3)), ret(Action::Log)]));
    // Nor are calls that are allowed in the end, but by rules.
    let rules = vec![rule(&[(0, Test::Ge(0))], ALLOW)];
    let by_rules = one(Abi::X86_64, rules);
    accepted(&by_rules, around(&[ld(Word::ArgLow(3)), ret(ALLOW)]));
    accepted(&by_rules, around(&[ret(ALLOW)]));
}

#[test]
fn answers_are_compared_as_words() {
    let right = one(Abi::X86_64, vec![rule(&[], ALLOW)]);
    for word in [0x7fff_0001, 0x7ffc_0000, 0x0005_0001, 0xffff_0000] {
        let data = wrong(&right, &around(&[Insn::stmt(RET, word)]));
        assert_eq!(data.nr, 7);
    }
    let text = verify(&right, around(&[Insn::stmt(RET, 0x1234)]))
        .unwrap_err()
        .to_string();
    assert_eq!(
        text,
        "arch 0xc000003e, nr 7, args 0x0 0x0 0x0 0x0 0x0 0x0: the program returns 0x1234, \
         the policy returns ALLOW"
    );
}

#[test]
fn bytes_are_those_of_the_target() {
    for (target, first) in [
        (Abi::Aarch64, [0x20, 0, 0, 0, 4, 0, 0, 0]),
        (Abi::S390x, [0, 0x20, 0, 0, 0, 0, 0, 4]),
    ] {
        let policy = one(target, vec![rule(&[(0, Test::Eq(1))], ALLOW)]);
        let program = verify(&policy, naive::compile(&policy)).unwrap();
        let bytes = program.to_bytes();
        assert_eq!(bytes.len(), 8 * program.insns().len());
        assert_eq!(bytes[..8], first);
    }
}
