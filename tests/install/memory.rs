//! Arguments in memory: number 90 of x86, `mmap`, takes the address of its arguments, so a condition
//! on its registers says nothing (`arch/x86/kernel/sys_ia32.c: ia32_mmap`).
#![cfg(all(target_arch = "x86_64", target_pointer_width = "64"))]

use std::ptr;

use libc::c_int;
use seccomp_profile::{Filter, seccomp_profile};
use seccomp_profile_compiler::linux::syscalls;
use seccomp_profile_compiler::policy::{Condition, Policy, Test};
use seccomp_profile_compiler::{Abi, Options, compile};

use crate::child::{Verdict, check, passes};
use crate::int80::{has_x86, int80};
use crate::policy;

/// No page may be writable and executable.
static WRITE_EXECUTE: Filter = seccomp_profile!(
    "tests/profiles/install-write-execute.json",
    // What this test is about.
    allow(moved_argument),
);

/// A number of x86 (`arch/x86/entry/syscalls/syscall_32.tbl`).
const X86_MMAP: u32 = 90;

const WRITE_AND_EXECUTE: c_int = libc::PROT_READ | libc::PROT_WRITE | libc::PROT_EXEC;
const ANONYMOUS: c_int = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;

/// `struct mmap_arg_struct32`
#[repr(C)]
struct Arguments {
    addr: u32,
    len: u32,
    prot: c_int,
    flags: c_int,
    fd: c_int,
    offset: u32,
}

/// Memory that a 32-bit address reaches.
fn low_memory() -> *mut Arguments {
    let (prot, flags) = (
        libc::PROT_READ | libc::PROT_WRITE,
        ANONYMOUS | libc::MAP_32BIT,
    );
    // SAFETY: a fresh anonymous mapping.
    let page = unsafe { libc::mmap(ptr::null_mut(), 4096, prot, flags, -1, 0) };
    assert_ne!(page, libc::MAP_FAILED);
    page.cast()
}

/// Maps a page by number 90; its address, or an errno below 0.
fn map(arguments: *mut Arguments, prot: c_int) -> i32 {
    // SAFETY: the pointer is the page of `low_memory`, which is never unmapped.
    unsafe {
        arguments.write(Arguments {
            addr: 0,
            len: 4096,
            prot,
            flags: ANONYMOUS,
            fd: -1,
            offset: 0,
        });
    }
    int80(X86_MMAP, arguments as u64)
}

/// Whether an answer is an address and not an errno.
fn is_address(answer: i32) -> bool {
    !(-4095..=0).contains(&answer)
}

/// Runs a new function `return 7` in a page that is writable and executable.
fn runs(page: i32) -> Verdict {
    let page = page as u32 as usize as *mut u8;
    let code = [0xb8, 7, 0, 0, 0, 0xc3];
    // SAFETY: the kernel has just mapped the page with all permissions; the code is
    // `mov eax, 7; ret`.
    let answer = unsafe {
        ptr::copy_nonoverlapping(code.as_ptr(), page, code.len());
        std::mem::transmute::<*mut u8, extern "C" fn() -> c_int>(page)()
    };
    check!(answer == 7);
    Ok(())
}

/// The policy as if number 90 had its arguments in registers, as every other `mmap`.
fn of_registers() -> Policy {
    let text = include_str!("../profiles/install-write-execute.json");
    let compiled = compile(text, Abi::X86_64, &Options::default()).unwrap();
    let mut policy = compiled.policy;
    let x86 = policy.abis.iter_mut().find(|rules| rules.abi == Abi::X86);
    let nr = syscalls::number(Abi::X86, "mmap").unwrap();
    assert_eq!(nr, X86_MMAP);
    let [rule] = &mut x86.unwrap().lists.get_mut(&nr).unwrap()[..] else {
        panic!("one rule for `mmap`");
    };
    assert!(rule.conditions.is_empty() && !rule.exact);
    rule.exact = true;
    rule.conditions = vec![Condition {
        arg: 2,
        test: Test::Masked { mask: 6, value: 6 },
        width: Abi::X86.width(),
    }];
    policy
}

#[test]
fn a_page_that_is_writable_and_executable_is_denied_to_32_bit_calls() {
    if !has_x86() {
        return;
    }
    let arguments = low_memory();
    // Without a filter, and with one that compares the registers.
    let program = policy::program(&of_registers());
    for program in [None, Some(program)] {
        passes(|| {
            if let Some(program) = &program {
                check!(policy::install(program));
            }
            let page = map(arguments, WRITE_AND_EXECUTE);
            check!(is_address(page));
            runs(page)
        });
    }
    passes(|| {
        check!(WRITE_EXECUTE.install().is_ok());
        check!(map(arguments, WRITE_AND_EXECUTE) == -libc::EPERM);
        // What no filter sees is denied in case.
        check!(map(arguments, libc::PROT_READ) == -libc::EPERM);
        Ok(())
    });
}

#[test]
fn where_the_arguments_are_in_registers_the_condition_decides() {
    passes(|| {
        check!(WRITE_EXECUTE.install().is_ok());
        // SAFETY: fresh anonymous mappings, never used.
        let map = |prot| unsafe { libc::mmap(ptr::null_mut(), 4096, prot, ANONYMOUS, -1, 0) };
        check!(map(WRITE_AND_EXECUTE) == libc::MAP_FAILED);
        check!(std::io::Error::last_os_error().raw_os_error() == Some(libc::EPERM));
        check!(map(libc::PROT_READ | libc::PROT_WRITE) != libc::MAP_FAILED);
        check!(map(libc::PROT_READ | libc::PROT_EXEC) != libc::MAP_FAILED);
        Ok(())
    });
}
