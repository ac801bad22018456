//! The profiles that the README shows: they compile, and nothing about them is doubtful.

use seccomp_profile_compiler::{Abi, Options, compile};

#[test]
fn the_profiles_shown_are_sound() {
    let text = std::fs::read_to_string("README.md").unwrap();
    let mut shown = 0;
    for block in text.split("```json\n").skip(1) {
        let profile = block.split("```").next().unwrap();
        for target in [Abi::X86_64, Abi::Aarch64, Abi::S390x] {
            let compiled = compile(profile, target, &Options::default());
            let warnings = compiled.map(|compiled| compiled.warnings);
            assert_eq!(warnings.map_err(|errors| errors.to_string()), Ok(vec![]));
        }
        shown += 1;
    }
    assert!(shown > 0, "nothing was tested");
}
