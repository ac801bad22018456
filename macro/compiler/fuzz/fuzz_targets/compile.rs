//! Any text, any target, any options: an answer, and never a panic.
//!
//! The first byte is the target, the second the options, the rest the text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use seccomp_profile_compiler::bpf::MAX_LEN;
use seccomp_profile_compiler::linux::action::Action;
use seccomp_profile_compiler::linux::version::Kernel;
use seccomp_profile_compiler::options::{NewerSyscalls, Options, Overlap, UnknownNames};
use seccomp_profile_compiler::{Abi, Sources, compile};
use seccomp_profile_compiler_fuzz::no_defect;

fuzz_target!(|data: &[u8]| {
    let [target, bits, text @ ..] = data else {
        return;
    };
    let Ok(text) = std::str::from_utf8(text) else {
        return;
    };
    let target = Abi::ALL[usize::from(*target) % Abi::ALL.len()];
    match compile(text, target, &options(*bits)) {
        Ok(compiled) => {
            assert!(compiled.program.insns().len() <= MAX_LEN);
            for warning in &compiled.warnings {
                warning.render(&Sources::one("profile.json", text));
            }
        }
        Err(errors) => no_defect(&errors, text),
    }
});

fn options(bits: u8) -> Options {
    let bit = |at: u8| bits >> at & 1 == 1;
    let mut options = Options {
        native_only: bit(0),
        deny_action: bit(5).then_some(Action::Log),
        allow_notify_write: bit(6),
        ..Options::default()
    };
    if bit(1) {
        options.overlap = Overlap::FirstMatch;
    }
    if bit(2) {
        options.unknown_names = UnknownNames::Ignore;
    }
    if bit(3) {
        options.newer_syscalls = NewerSyscalls::Enosys;
    }
    if bit(4) {
        options.capabilities = Some(Default::default());
        options.kernel = Kernel::parse("5.10").ok();
    }
    options
}
