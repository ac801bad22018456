//! Where each ABI passes an argument.

use Abi::*;
use seccomp_profile_compiler::linux::abi::{Abi, Endian, Width};
use seccomp_profile_compiler::linux::arguments::{self, Part, Place, Type};

use crate::everywhere;

/// ABIs that filters compare 32 bits on, but whose registers have 64.
const WIDE: [Abi; 3] = [X32, Mips64n32, Mipsel64n32];

/// What the calling conventions of the ABIs say, against each line.
#[test]
fn wide_arguments_are_in_two_registers_where_registers_have_32_bits() {
    let mut pairs = 0;
    for (abi, call) in everywhere() {
        let here = arguments::of(abi, call).unwrap();
        // `preadv` and its like declare two words, the low one first, on every ABI.
        let vector = call.starts_with("preadv") || call.starts_with("pwritev");
        let narrow = abi.width() == Width::W32 && !WIDE.contains(&abi);
        for index in 0..here.count() {
            let Some(argument) = here.get(index) else {
                continue;
            };
            let wide = matches!(argument.kind, Type::Signed64 | Type::Unsigned64);
            if narrow {
                assert!(!wide || argument.part != Part::Whole, "{call} on {abi}");
            } else {
                assert!(argument.part == Part::Whole || vector, "{call} on {abi}");
            }
            let first = match (abi.endian(), vector) {
                (Endian::Little, _) | (_, true) => Part::Low,
                (Endian::Big, false) => Part::High,
            };
            if argument.part != first {
                continue;
            }
            pairs += 1;
            let second = here.get(index + 1).expect(call);
            assert_eq!(second.name, argument.name, "{call} on {abi}");
            assert!(
                second.part != first && second.part != Part::Whole,
                "{call} on {abi}"
            );
            // arm, MIPS o32 and 32-bit PowerPC begin a pair at an even register.
            let even = matches!(abi, Arm | Mips | Mipsel | Ppc) && !vector;
            assert!(!even || index % 2 == 0, "{call} on {abi}");
            // One more where none is needed would be a mistake; SuperH has it in two calls.
            let padded = index
                .checked_sub(1)
                .is_some_and(|before| here.get(before).is_none());
            let superh = matches!(abi, Sh | Sheb) && ["pread64", "pwrite64"].contains(&call);
            assert_eq!(
                padded,
                superh || even && index > 0 && padded,
                "{call} on {abi}"
            );
        }
        let halves = |part| {
            (0..here.count())
                .filter(|i| here.get(*i).is_some_and(|a| a.part == part))
                .count()
        };
        assert_eq!(halves(Part::Low), halves(Part::High), "{call} on {abi}");
    }
    assert_eq!(pairs, 188);
}

#[test]
fn places_follow_registers() {
    for (abi, call) in everywhere() {
        let (usual, here) = (
            arguments::usual(call).unwrap(),
            arguments::of(abi, call).unwrap(),
        );
        for index in 0..arguments::REGISTERS {
            let Some(argument) = usual.get(index) else {
                assert_eq!(arguments::place(abi, call, index), None);
                continue;
            };
            let is = |at: u8, part| {
                let there = here.get(usize::from(at)).unwrap();
                assert_eq!(
                    (there.name, there.part),
                    (argument.name, part),
                    "{call} on {abi}"
                );
            };
            match arguments::place(abi, call, index).unwrap() {
                Place::Usual => is(index as u8, Part::Whole),
                Place::Register(at) => is(at, Part::Whole),
                Place::Halves { low, high } => {
                    is(low, Part::Low);
                    is(high, Part::High);
                }
                Place::Memory => assert!(here.in_memory() && here.count() == 1),
                Place::Nowhere => assert!(!here.in_memory()),
            }
        }
    }
}

/// Calls whose arguments some ABI does not pass as others do: each with the ABIs, by the place of
/// one argument.
#[test]
fn known_places() {
    #[rustfmt::skip]
    let known: &[(&str, usize, Place, &[Abi])] = &[
        ("mmap", 2, Place::Memory, &[X86, M68k, S390, S390x]),
        ("mmap2", 2, Place::Memory, &[S390]),
        ("select", 0, Place::Memory, &[X86, M68k, Ppc]),
        ("fadvise64_64", 3, Place::Memory, &[S390]),
        ("clone", 0, Place::Register(1), &[S390, S390x]),
        ("clone", 3, Place::Register(4), &[X86_64, X32, Loongarch64, M68k, S390, S390x, Sh, Sheb]),
        ("preadv2", 5, Place::Register(4), &[X32]),
        ("sync_file_range", 3, Place::Nowhere, &[Mips, Mipsel]),
        ("sync_file_range", 3, Place::Register(5), &[X86, M68k, Parisc, S390, Sh, Sheb]),
        ("pread64", 3, Place::Halves { low: 3, high: 4 }, &[X86]),
        ("pread64", 3, Place::Halves { low: 4, high: 5 }, &[Arm, Mipsel, Sh]),
        ("pread64", 3, Place::Halves { low: 5, high: 4 }, &[Mips, Ppc, Sheb]),
        ("pread64", 3, Place::Halves { low: 4, high: 3 }, &[M68k, Parisc, S390]),
        ("readahead", 2, Place::Register(4), &[Arm, Mips, Mipsel, Ppc]),
        ("pipe", 0, Place::Nowhere, &[Mips, Mips64, Mips64n32, Mipsel, Mipsel64, Mipsel64n32, Sh, Sheb]),
    ];
    for (call, index, place, abis) in known {
        let found: Vec<Abi> = everywhere()
            .filter(|(abi, name)| {
                name == call && arguments::place(*abi, call, *index) == Some(*place)
            })
            .map(|(abi, _)| abi)
            .collect();
        assert_eq!(found, *abis, "{call} {index} {place:?}");
    }
}
