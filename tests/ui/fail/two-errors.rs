// Wherever the macro stands: both errors, and none about what it leaves behind.

use seccomp_profile::{Error, Filter, seccomp_profile};

static STATIC: Filter = seccomp_profile!("profiles/two-errors.json");

trait Sandboxed {
    const FILTER: Filter;
}

impl Sandboxed for u8 {
    const FILTER: Filter = seccomp_profile!("profiles/two-errors.json");
}

const fn filter() -> Filter {
    seccomp_profile!("profiles/two-errors.json")
}

fn main() -> Result<(), Error> {
    let filter = seccomp_profile!("profiles/two-errors.json");
    println!("{}", filter.len() + self::filter().len());
    STATIC.install()?;
    seccomp_profile!("profiles/two-errors.json").install()
}
