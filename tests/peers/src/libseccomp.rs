//! A profile → libseccomp's program, through the C library, called as runc calls it.
//!
//! The target's architecture is the filter's first, even where it is not this machine's: that is
//! the program which runc on such a machine would load. Two things differ from runc. A name newer
//! than the library is given by number where the library takes that, so that both sides compile
//! the same policy; and the optimisation is the caller's choice.

use crate::profile::{Profile, Rule};
use seccomp_profile_compiler::bpf::Insn;
use seccomp_profile_compiler::linux::abi::{Abi, Endian};
use seccomp_profile_compiler::linux::syscalls;
use seccomp_profile_compiler::policy::Test;
use std::collections::BTreeSet;
use std::ffi::{CString, c_char, c_int, c_uint, c_void};
use std::io::{self, Read};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::ptr::NonNull;

#[repr(C)]
struct Version {
    major: c_uint,
    minor: c_uint,
    micro: c_uint,
}

/// `struct scmp_arg_cmp`.
#[repr(C)]
struct Comparison {
    arg: c_uint,
    op: c_int,
    datum_a: u64,
    datum_b: u64,
}

// enum scmp_filter_attr
const CTL_NNP: c_int = 3;
const CTL_OPTIMIZE: c_int = 8;
/// `__NR_SCMP_ERROR`.
const UNKNOWN: c_int = -1;
const EEXIST: c_int = 17;
/// What `seccomp_rule_add` says of a number that its tables cannot translate.
const EFAULT: c_int = 14;

#[link(name = "seccomp")]
unsafe extern "C" {
    fn seccomp_version() -> *const Version;
    fn seccomp_init(default: u32) -> *mut c_void;
    fn seccomp_release(filter: *mut c_void);
    fn seccomp_arch_native() -> u32;
    fn seccomp_arch_resolve_name(name: *const c_char) -> u32;
    fn seccomp_arch_add(filter: *mut c_void, arch: u32) -> c_int;
    fn seccomp_arch_remove(filter: *mut c_void, arch: u32) -> c_int;
    fn seccomp_attr_set(filter: *mut c_void, attribute: c_int, value: u32) -> c_int;
    fn seccomp_syscall_resolve_name(name: *const c_char) -> c_int;
    fn seccomp_syscall_resolve_name_arch(arch: u32, name: *const c_char) -> c_int;
    fn seccomp_rule_add_array(
        filter: *mut c_void,
        action: u32,
        number: c_int,
        count: c_uint,
        comparisons: *const Comparison,
    ) -> c_int;
    fn seccomp_export_bpf(filter: *mut c_void, fd: c_int) -> c_int;
}

/// What the library made of a profile.
pub struct Built {
    pub program: Vec<Insn>,
    /// Calls that are missing from the program as the library does not know their names.
    pub unknown: BTreeSet<String>,
}

/// Returns the version of the library.
pub fn version() -> String {
    // SAFETY: the function takes nothing and returns a pointer to a static of the library, or NULL.
    match unsafe { seccomp_version().as_ref() } {
        Some(v) => format!("{}.{}.{}", v.major, v.minor, v.micro),
        None => "of unknown version".to_owned(),
    }
}

/// Returns whether the library has an architecture at all.
pub fn has(abi: Abi) -> bool {
    token(abi).is_ok()
}

/// Returns the number that a call has on an ABI by the library's tables.
pub fn number(abi: Abi, name: &str) -> Option<u32> {
    let (token, name) = (token(abi).ok()?, CString::new(name).ok()?);
    // SAFETY: `name` ends with a NUL and lives through the call.
    let number = unsafe { seccomp_syscall_resolve_name_arch(token, name.as_ptr()) };
    // Below 0 lies what only other architectures have.
    number.try_into().ok()
}

/// Returns whether any architecture of the library has the call.
pub fn knows(name: &str) -> bool {
    // A call of other architectures gets a number that no call has.
    // SAFETY: `name` ends with a NUL and lives through the call.
    CString::new(name)
        .is_ok_and(|name| unsafe { seccomp_syscall_resolve_name(name.as_ptr()) } != UNKNOWN)
}

/// The library's own token of an ABI, which for x32 is not the kernel's.
fn token(abi: Abi) -> Result<u32, String> {
    let name = CString::new(abi.name()).map_err(|error| error.to_string())?;
    // SAFETY: `name` ends with a NUL and lives through the call.
    match unsafe { seccomp_arch_resolve_name(name.as_ptr()) } {
        0 => Err(format!("the library has no architecture {abi}")),
        token => Ok(token),
    }
}

/// Compiles a profile; `optimize` is 1, a chain of comparisons, or 2, a binary tree.
pub fn build(profile: &Profile, optimize: u32) -> Result<Built, String> {
    let filter = Filter::new(profile.default.word())?;
    filter.set_architectures(&profile.abis)?;
    filter.set(CTL_NNP, 0)?;
    if optimize != 1 {
        filter.set(CTL_OPTIMIZE, optimize)?;
    }
    let mut unknown = BTreeSet::new();
    for rule in &profile.rules {
        let exists = |&abi| syscalls::number(abi, &rule.name).is_some();
        if !filter.add(rule)? && profile.abis.iter().any(exists) {
            unknown.insert(rule.name.clone());
        }
    }
    Ok(Built {
        program: filter.export(profile.abis[0].endian())?,
        unknown,
    })
}

/// A `scmp_filter_ctx`, released when dropped.
struct Filter(NonNull<c_void>);

impl Drop for Filter {
    fn drop(&mut self) {
        // SAFETY: the context came from `seccomp_init` and nobody uses it after this.
        unsafe { seccomp_release(self.0.as_ptr()) }
    }
}

impl Filter {
    fn new(default: u32) -> Result<Filter, String> {
        // SAFETY: a call without pointers; what it returns is owned here.
        let filter = NonNull::new(unsafe { seccomp_init(default) });
        Ok(Filter(
            filter.ok_or("seccomp_init refuses the default action")?,
        ))
    }

    fn set_architectures(&self, abis: &[Abi]) -> Result<(), String> {
        // SAFETY: a call without arguments.
        let host = unsafe { seccomp_arch_native() };
        for (place, &abi) in abis.iter().enumerate() {
            let arch = token(abi)?;
            if place == 0 && arch != host {
                // First, as the last architecture that leaves takes the byte order with it.
                // SAFETY: the context is alive, `&self` holds it.
                let status = unsafe { seccomp_arch_remove(self.0.as_ptr(), host) };
                check("seccomp_arch_remove", "of this machine", status)?;
            }
            // SAFETY: the context is alive, `&self` holds it.
            let status = unsafe { seccomp_arch_add(self.0.as_ptr(), arch) };
            if status != -EEXIST {
                check("seccomp_arch_add", abi.name(), status)?;
            }
        }
        Ok(())
    }

    fn set(&self, attribute: c_int, value: u32) -> Result<(), String> {
        // SAFETY: the context is alive, `&self` holds it.
        let status = unsafe { seccomp_attr_set(self.0.as_ptr(), attribute, value) };
        check("seccomp_attr_set", &attribute.to_string(), status)
    }

    /// Adds a rule; `false` if the library does not know the name.
    fn add(&self, rule: &Rule) -> Result<bool, String> {
        let name = CString::new(&*rule.name).map_err(|error| error.to_string())?;
        // SAFETY: `name` ends with a NUL and lives through the call.
        let resolved = unsafe { seccomp_syscall_resolve_name(name.as_ptr()) };
        let by_number = || {
            let host = Abi::from_name(std::env::consts::ARCH)?;
            syscalls::number(host, &rule.name)?.try_into().ok()
        };
        let number = match resolved {
            UNKNOWN => by_number(),
            number => Some(number),
        };
        let Some(number) = number else {
            return Ok(false);
        };
        let comparisons: Vec<_> = rule
            .conditions
            .iter()
            .map(|condition| comparison(condition.arg, condition.test))
            .collect();
        // SAFETY: the context is alive, and the pointer leads to as many comparisons as are said.
        let status = unsafe {
            seccomp_rule_add_array(
                self.0.as_ptr(),
                rule.action.word(),
                number,
                comparisons.len() as c_uint,
                comparisons.as_ptr(),
            )
        };
        if resolved == UNKNOWN && status == -EFAULT {
            return Ok(false);
        }
        check("seccomp_rule_add", &rule.name, status).map(|()| true)
    }

    fn export(&self, endian: Endian) -> Result<Vec<Insn>, String> {
        // The longest program the kernel takes, 32 KiB, fits a socket's buffer.
        let (mut read, write) = UnixStream::pair().map_err(|error| error.to_string())?;
        write
            .set_nonblocking(true)
            .map_err(|error| error.to_string())?;
        // SAFETY: the context is alive, and so is the descriptor, which `write` owns.
        let status = unsafe { seccomp_export_bpf(self.0.as_ptr(), write.as_raw_fd()) };
        check("seccomp_export_bpf", "the program", status)?;
        drop(write);
        let mut bytes = Vec::new();
        read.read_to_end(&mut bytes)
            .map_err(|error| error.to_string())?;
        let insns = bytes.chunks_exact(8);
        Ok(insns.map(|bytes| instruction(bytes, endian)).collect())
    }
}

/// `struct sock_filter` in the byte order of the machine that is to run it.
fn instruction(bytes: &[u8], endian: Endian) -> Insn {
    let code = [bytes[0], bytes[1]];
    let k = [bytes[4], bytes[5], bytes[6], bytes[7]];
    let (code, k) = match endian {
        Endian::Little => (u16::from_le_bytes(code), u32::from_le_bytes(k)),
        Endian::Big => (u16::from_be_bytes(code), u32::from_be_bytes(k)),
    };
    Insn {
        code,
        jt: bytes[2],
        jf: bytes[3],
        k,
    }
}

/// Numbers are those of `enum scmp_compare`.
fn comparison(arg: u8, test: Test) -> Comparison {
    let (op, datum_a, datum_b) = match test {
        Test::Ne(value) => (1, value, 0),
        Test::Lt(value) => (2, value, 0),
        Test::Le(value) => (3, value, 0),
        Test::Eq(value) => (4, value, 0),
        Test::Ge(value) => (5, value, 0),
        Test::Gt(value) => (6, value, 0),
        Test::Masked { mask, value } => (7, mask, value),
    };
    Comparison {
        arg: arg.into(),
        op,
        datum_a,
        datum_b,
    }
}

fn check(function: &str, what: &str, status: c_int) -> Result<(), String> {
    if status < 0 {
        let error = io::Error::from_raw_os_error(-status);
        return Err(format!("{function} refuses `{what}`: {error}"));
    }
    Ok(())
}
