//! What bytes become.

#[cfg(target_arch = "x86_64")]
mod executed;
#[cfg(target_arch = "x86_64")]
mod machine;
#[cfg(target_arch = "x86_64")]
mod native;

use super::lift;
use crate::shown::Shown;

const NAMES: [&str; 16] = [
    "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13",
    "r14", "r15",
];

#[test]
fn bytes_become_effects_and_a_flow() {
    let shown = Shown {
        name: |number| NAMES[usize::from(number)].into(),
        lift,
    };
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/x86_64/tests/bytes.txt");
    shown.compare(path, |bytes| {
        let numbers = bytes.split(' ');
        let numbers = numbers.map(|byte| u8::from_str_radix(byte, 16).unwrap());
        numbers.collect()
    });
}
