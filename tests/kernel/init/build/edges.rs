//! A rule list → arguments around every number that its conditions compare with.

use std::collections::BTreeSet;

use seccomp_profile_compiler::linux::abi::Width;
use seccomp_profile_compiler::policy::{Condition, Rule, Test};

/// Arguments that nobody compares with: all different, no descriptor and no address. They lack the
/// bit that asks for something to be made (`include/uapi/linux/ipc.h`, `IPC_CREAT`), and are none
/// of the numbers by which a call asks to be made again (`include/linux/errno.h`): after TRAP, the
/// first argument stands where some machines have the answer.
pub(crate) const FILLER: [u64; 6] = [!0x10200, !0x10201, !0x10202, !0x10203, !0x10204, !0x10205];

/// For each rule: arguments that match it, and then one of them at a time moved over its edges.
pub(crate) fn vectors(rules: &[Rule], width: Width) -> BTreeSet<[u64; 6]> {
    let mut vectors = BTreeSet::from([FILLER]);
    for rule in rules {
        let mut matching = FILLER;
        for condition in &rule.conditions {
            let holds = edges(condition.test, width)
                .into_iter()
                .find(|edge| condition.test.holds(*edge));
            matching[usize::from(condition.arg)] = holds.expect("a condition that can hold");
        }
        vectors.insert(matching);
        for &Condition { arg, test, .. } in &rule.conditions {
            for edge in edges(test, width) {
                let mut vector = matching;
                vector[usize::from(arg)] = edge;
                vectors.insert(vector);
            }
        }
    }
    vectors
}

/// Numbers next to those of the test, in both halves, and with the halves changed over.
fn edges(test: Test, width: Width) -> BTreeSet<u64> {
    let mut edges = BTreeSet::from([0, 1, u64::MAX]);
    let mut around = |value: u64| {
        let high = 1 << 32;
        edges.extend([value, value.wrapping_add(1), value.wrapping_sub(1)]);
        edges.extend([value.wrapping_add(high), value.wrapping_sub(high)]);
        edges.extend([value.rotate_left(32), value & !0 >> 32, value & !0 << 32]);
        edges.extend([value ^ 1 << 31, value ^ 1 << 63]);
    };
    match test {
        Test::Ne(value)
        | Test::Lt(value)
        | Test::Le(value)
        | Test::Eq(value)
        | Test::Ge(value)
        | Test::Gt(value) => around(value),
        Test::Masked { mask, value } => {
            around(value);
            around(value | !mask);
            edges.extend((0..u64::BITS).map(|bit| value ^ 1 << bit));
        }
    }
    edges.into_iter().map(|edge| edge & width.max()).collect()
}

/// The arguments as a program can pass them: cut to its registers, and where those are wider than
/// what the ABI compares, once more with garbage above.
pub(crate) fn as_registers(
    vectors: impl IntoIterator<Item = [u64; 6]>,
    register: Width,
    compared: Width,
) -> BTreeSet<[u64; 6]> {
    let mut all = BTreeSet::new();
    for vector in vectors {
        all.insert(vector.map(|arg| arg & compared.max()));
        if register > compared {
            all.insert(vector.map(|arg| arg & compared.max() | 0xdead_beef << 32));
        }
    }
    all
}
