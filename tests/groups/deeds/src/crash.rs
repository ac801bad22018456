//! Ways to die.

use std::backtrace::Backtrace;
use std::hint::black_box;

pub fn null() {
    let nowhere: *mut u32 = black_box(std::ptr::null_mut());
    // SAFETY: none. The fault is the point.
    unsafe { nowhere.write_volatile(1) };
}

pub fn trap() {
    // SAFETY: none. The fault is the point.
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    unsafe {
        std::arch::asm!("ud2")
    };
    #[cfg(target_arch = "aarch64")]
    unsafe {
        std::arch::asm!("udf #0")
    };
}

pub fn overflow() {
    fn deeper(depth: u64) -> u64 {
        let frame = black_box([depth; 512]);
        if depth == u64::MAX {
            return 0;
        }
        deeper(depth + 1) + frame[7]
    }
    println!("{}", deeper(0));
}

/// libc finds damaged memory, and aborts.
pub fn free() {
    // SAFETY: none. The abort is the point.
    unsafe {
        let block = black_box(libc::malloc(40));
        libc::free(block);
        libc::free(black_box(block));
    }
}

pub fn caught() {
    let caught = std::panic::catch_unwind(|| panic!("number {}", black_box(3)));
    assert_eq!(
        caught.unwrap_err().downcast_ref::<String>().unwrap(),
        "number 3"
    );
}

/// A panic while a panic unwinds.
pub fn twice() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("a second panic");
        }
    }
    let _bomb = Bomb;
    panic!("a first panic");
}

pub fn no_unwind() {
    extern "C" fn function() {
        panic!("a panic that must not unwind");
    }
    function();
}

pub fn captured() {
    let trace = Backtrace::force_capture().to_string();
    println!("{}", trace.contains("captured"));
}
