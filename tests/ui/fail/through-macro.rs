// The error stands under the path that the user wrote, not inside a macro.

use seccomp_profile::{Filter, seccomp_profile};

macro_rules! sandbox {
    ($name:ident = $path:literal) => {
        static $name: Filter = seccomp_profile!($path, unknown_names = "error");
    };
}

sandbox!(SANDBOX = "profiles/unknown-syscall.json");

fn main() {}
