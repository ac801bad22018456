//! Catches a panic, prints a backtrace, and ends with a panic of a thread.

use std::backtrace::Backtrace;

fn main() {
    let caught = std::panic::catch_unwind(|| {
        let none: Option<usize> = std::env::args().nth(99).map(|text| text.len());
        none.unwrap()
    });
    assert!(caught.is_err());
    println!("{}", Backtrace::force_capture());
    let thread = std::thread::spawn(|| panic!("on purpose"));
    assert!(thread.join().is_err());
    if std::env::args().nth(1).as_deref() == Some("abort") {
        std::process::abort();
    }
    panic!("the last one");
}
