//! What words become.

mod executed;
mod machine;
mod runner;

use super::lift;
use crate::insn::{Effect, Insn};
use crate::shown::{ADDRESS, Shown};

#[test]
fn words_become_effects_and_a_flow() {
    let shown = Shown {
        name: |number| match number {
            31 => "sp".into(),
            number => format!("x{number}"),
        },
        lift,
    };
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/aarch64/tests/words.txt");
    shown.compare(path, |word| {
        let word = u32::from_str_radix(word, 16).unwrap();
        word.to_le_bytes().into()
    });
}

#[test]
fn fewer_than_four_bytes_are_no_instruction() {
    assert!(!lift(ADDRESS, &[0x1f, 0x20, 0x03], &mut Insn::new()));
}

/// Every pattern of the top bits, with others at random: nothing panics, and a comparison is last.
#[test]
fn every_word_can_be_decoded() {
    let mut insn = Insn::new();
    let mut word = 0u32;
    for _ in 0..4_000_000 {
        // Odd, so that all values come before the first is repeated.
        word = word.wrapping_add(0x9e37_79b1);
        for address in [0, u64::MAX - 3] {
            lift(address, &word.to_le_bytes(), &mut insn);
        }
        let last = insn.effects.len().saturating_sub(1);
        for (index, effect) in insn.effects.iter().enumerate() {
            match effect {
                Effect::Compare(reg, number, width) => {
                    assert_eq!(index, last, "{word:08x}");
                    assert!(
                        reg.0 < 32 && *number <= u64::MAX >> (64 - 8 * width),
                        "{word:08x}"
                    );
                }
                Effect::Store(_, Some(_), size) => assert!(*size <= 8, "{word:08x}"),
                Effect::Set(..) | Effect::Store(..) | Effect::Flags => {}
            }
        }
    }
}
