//! Any bytes, as an ELF file and as the code of one: a scan ends, and what it returns fits together.
#![no_main]

use libfuzzer_sys::fuzz_target;
use seccomp_profile_compiler_fuzz::program;
use seccomp_profile_scan::{File, Numbers, Options, Scan, scan};

fuzz_target!(|input: &[u8]| {
    let Some((way, bytes)) = input.split_first() else {
        return;
    };
    let is = |bit: u8| way & 1 << bit != 0;
    let bytes = match (is(0), is(1)) {
        (false, _) => bytes.to_vec(),
        (true, false) => program(62, bytes),
        (true, true) => program(183, bytes),
    };
    let options = Options {
        cautious: is(2),
        // As many as the command asks for.
        arguments: (0..250).map(|nr| (nr, nr as usize % 3)).collect(),
    };
    let file = |path: &str| File {
        path: path.into(),
        bytes: bytes.clone(),
    };
    // A file can be its own library.
    let mut find = |wanted: &seccomp_profile_scan::Wanted| is(3).then(|| file(wanted.name));
    if let Ok(found) = scan(file("program"), options, &mut find, &mut |_| {}) {
        check(&found);
    }
});

/// Every index is one, and every chain ends at a start.
fn check(found: &Scan) {
    for function in &found.functions {
        assert!(function.module < found.modules.len());
        assert!(
            function
                .from
                .is_none_or(|(from, _)| from < found.functions.len())
        );
    }
    for site in &found.sites {
        assert!(site.module < found.modules.len());
        let chain = found.chain(site.function);
        assert!(found.functions[chain[0]].from.is_none());
        if let Numbers::Bounded(numbers) = &site.numbers {
            for function in numbers.iter().flat_map(|number| &number.functions) {
                assert!(*function < found.functions.len());
            }
        }
    }
    for function in found.warnings.iter().filter_map(|warning| warning.function) {
        assert!(function < found.functions.len());
    }
}
