//! What can do more than a scan tells → [`Warning`]s, calls that are made elsewhere, and assumptions.

use std::collections::{BTreeMap, BTreeSet};

use crate::bound::Bounds;
use crate::lookups::Lookups;
use crate::reach::{At, Id, Reach};
use crate::{Arch, Elsewhere, Numbers, Site, Warning};

/// Functions by which a program reaches code that no file names: the names, the kind, what follows.
const FUNCTIONS: [(&[&str], &str, &str); 4] = [
    (
        &["dlopen", "dlmopen", "__libc_dlopen_mode", "_dl_open"],
        "dlopen",
        "`dlopen` can be reached: what a library does that is loaded at run time is not in the answer",
    ),
    (
        &[
            "__nss_next2",
            "__nss_lookup_function",
            "__nss_module_get_function",
            "nss_load_all_until_module",
        ],
        "nss",
        "names are looked up through NSS: what its modules do, other than those in libc, is not in the answer",
    ),
    (
        &["iconv_open", "__gconv_open"],
        "iconv",
        "`iconv` can be reached: what its modules do, which it loads by `dlopen`, is not in the answer",
    ),
    (
        &[
            "getaddrinfo",
            "gethostbyname",
            "gethostbyname_r",
            "getpwnam",
            "getpwnam_r",
            "getpwuid",
            "getpwuid_r",
            "getgrnam_r",
            "getgrgid_r",
            "getgrouplist",
            "initgroups",
        ],
        "nss",
        "names are looked up through NSS: what its modules do, other than those in libc, is not in the answer",
    ),
];

/// Texts that only such code of glibc has, for static programs without symbols: `elf/dl-open.c`,
/// `nss/nss_database.c`, `iconv/gconv_dl.c`.
const TEXTS: [(&str, &str); 3] = [
    ("invalid mode for dlopen()", "dlopen"),
    ("/etc/nsswitch.conf", "nss"),
    ("gconv_init", "iconv"),
];

/// `arch/x86/include/uapi/asm/vsyscall.h`, `VSYSCALL_ADDR`.
pub(crate) const VSYSCALL: u64 = 0xffff_ffff_ff60_0000;

/// Functions of the vDSO that can make a call themselves, and which: `lib/vdso/gettimeofday.c`. Its
/// `__cvdso_time` makes none, nor does `arch/x86/entry/vdso/vgetcpu.c`; what a C library does where
/// there is no vDSO is in its code.
const VDSO: [(&str, &str); 6] = [
    ("__vdso_clock_gettime", "clock_gettime"),
    ("__vdso_gettimeofday", "gettimeofday"),
    ("__vdso_clock_getres", "clock_getres"),
    ("__kernel_clock_gettime", "clock_gettime"),
    ("__kernel_gettimeofday", "gettimeofday"),
    ("__kernel_clock_getres", "clock_getres"),
];

/// `rt_sigaction` of AArch64. Handlers return through `arch/arm64/kernel/vdso/sigreturn.S` there, unless
/// the program has code for that: `setup_return`, `arch/arm64/kernel/signal.c`.
const RT_SIGACTION: u32 = 134;

/// Returns what lies outside of the files.
pub(crate) fn elsewhere(reach: &Reach, sites: &[Site]) -> Vec<Elsewhere> {
    let mut calls: BTreeMap<&'static str, &'static str> = BTreeMap::new();
    calls.insert(
        "restart_syscall",
        "the kernel, which restarts a call that a signal has interrupted",
    );
    let can_handle = |site: &Site| match &site.numbers {
        Numbers::Bounded(numbers) => numbers.iter().any(|it| it.number == RT_SIGACTION),
        Numbers::Unbounded(_) => true,
    };
    if reach.modules.images[0].arch == Arch::Aarch64 && sites.iter().any(can_handle) {
        let by = "the kernel's vDSO, to return from a signal handler";
        calls.insert("rt_sigreturn", by);
    }
    for image in &reach.modules.images {
        for (function, call) in VDSO {
            if !image.places(function).is_empty() {
                calls.insert(
                    call,
                    "the kernel's vDSO, where it cannot read a clock itself",
                );
            }
        }
    }
    calls
        .into_iter()
        .map(|(name, by)| Elsewhere { name, by })
        .collect()
}

/// Returns the warnings.
pub(crate) fn warnings(
    reach: &Reach,
    bounds: &Bounds,
    lookups: &Lookups,
    sites: &[Site],
) -> Vec<Warning> {
    let mut found: BTreeSet<Warning> = BTreeSet::new();
    let mut warn = |kind, function: Option<Id>, incomplete, message: String| {
        found.insert(Warning {
            kind,
            function,
            incomplete,
            message,
        });
    };
    let images = &reach.modules.images;
    for name in &reach.modules.missing {
        let message =
            format!("the library `{name}` was not found: what it does is not in the answer");
        warn("library", None, true, message);
    }
    for (name, id) in &reach.missing {
        let message = format!("no file has `{name}`: what it does is not in the answer");
        warn("symbol", Some(*id), true, message);
    }
    for (id, function) in reach.functions.iter().enumerate() {
        let image = &images[function.at.module];
        for (at, how) in &function.foreign {
            let message = format!(
                "`{how}` at {at:#x} makes calls of another ABI, which are not in the answer"
            );
            warn("foreign-entry", Some(id), true, message);
        }
        // The loader starts the program, which is a root.
        let is_start = function.at.module > 0 && image.entry == function.at.address;
        let leads = |at: &&u64| !is_start && bounds.leads_somewhere(id, **at);
        for at in function.open.iter().filter(leads) {
            let message = format!(
                "the indirect jump at {at:#x} goes to a computed address that is not known"
            );
            warn("indirect-jump", Some(id), true, message);
        }
        for at in &function.undecoded {
            let message = format!(
                "the instruction at {at:#x} is not known: what comes after it is not in the answer"
            );
            warn("unknown-instruction", Some(id), true, message);
        }
        if function.is_entered {
            let message = "the table of what the unwinder does in it cannot be read: code that it leads to can be missing".to_string();
            warn("exceptions", Some(id), true, message);
        }
        if function.uses_vsyscall {
            let message = "it has the address of the vsyscall page, where calls are made: gettimeofday, time, getcpu".to_string();
            warn("vsyscall", Some(id), true, message);
        }
        let Some(name) = image.name(function.at.address) else {
            continue;
        };
        for (names, kind, message) in FUNCTIONS {
            if names.contains(&name) {
                warn(kind, Some(id), false, message.to_string());
            }
        }
    }
    if let [image] = &images[..] {
        let is_used = |text: &str| {
            let mut places = image.places(text).into_iter();
            places.any(|address| reach.taken.contains(&At { module: 0, address }))
        };
        for (text, kind) in TEXTS {
            let message =
                { FUNCTIONS.iter() }.find_map(|(_, it, message)| (*it == kind).then_some(message));
            if let Some(message) = message.filter(|_| !image.has_symbols && is_used(text)) {
                warn(kind, None, false, message.to_string());
            }
        }
    }
    for id in &lookups.unknown {
        let message = "`dlsym` looks up names that are not known: what they stand for is not in the answer, if nothing else uses it";
        warn("dlsym", Some(*id), false, message.to_string());
    }
    for image in images {
        for name in &image.filters {
            let message = format!(
                "`{}` has the loader use the library `{name}` too (DT_FILTER, DT_AUDIT): what it does is not in the answer",
                image.path
            );
            warn("library", None, true, message);
        }
        if image.has_text_relocations {
            let message = format!(
                "the loader changes instructions of `{}`: numbers and addresses in them are not known",
                image.path
            );
            warn("text-relocations", None, true, message);
        }
        if image.has_writable_code {
            let message = format!(
                "`{}` has memory that is writable and executable: code that is made at run time is not in the answer",
                image.path
            );
            warn("writable-code", None, true, message);
        }
    }
    for site in sites {
        executable(reach, site, &mut warn);
    }
    // One of a kind and a text is enough: the first, which is the nearest to the start.
    let mut seen = BTreeSet::new();
    let mut all: Vec<Warning> = found.into_iter().collect();
    all.sort_by_key(|warning| (warning.kind, warning.function));
    all.retain(|warning| seen.insert((warning.kind, warning.message.clone())));
    all
}

/// Warns of memory that is made executable, but for the loader's, which maps files.
fn executable(
    reach: &Reach,
    site: &Site,
    warn: &mut impl FnMut(&'static str, Option<Id>, bool, String),
) {
    let images = &reach.modules.images;
    let is_loader = images.len() > 1 && site.module == images.len() - 1;
    let Numbers::Bounded(numbers) = &site.numbers else {
        return;
    };
    for number in numbers {
        let index = match protection(images[0].arch, number.number) {
            Some(index) if !is_loader => index,
            _ => continue,
        };
        const PROT_EXEC: u64 = 4;
        let values = number.arguments[index].as_ref();
        if values.is_none_or(|values| values.iter().any(|value| value & PROT_EXEC != 0)) {
            let message =
                "memory can be made executable: code that is made at run time is not in the answer"
                    .to_string();
            warn("run-time-code", Some(site.function), false, message);
        }
    }
}

/// Returns which argument of a call says that memory is executable: of `mmap`, `mprotect` and
/// `pkey_mprotect`.
pub(crate) fn protection(arch: Arch, number: u32) -> Option<usize> {
    match (arch, number) {
        (Arch::X86_64, 9 | 10 | 329) | (Arch::Aarch64, 222 | 226 | 288) => Some(2),
        _ => None,
    }
}

/// What must be true whatever is scanned.
pub(crate) const ALWAYS: [&str; 11] = [
    "what runs is what was scanned: no other libraries, and nothing by `LD_PRELOAD` or `LD_AUDIT`",
    "code is not changed, and not entered at a computed address in the middle of an instruction or of a function",
    "functions keep callee-saved registers, the stack pointer and the frames of their callers, return to where they were called, and return twice only if they are named as those of libc that do",
    "no call has more than nine parameters on the stack",
    "code does not continue after an instruction that traps, nor after a call that is the last instruction of an entry of the unwind table",
    "exceptions are raised in calls and system calls, not by handlers of other signals",
    "an indirect jump goes to an entry of a table whose address its function has, to the start of a block of its function, or to a function whose address the code or the data have; an indirect call goes to such a function, and not to one that begins with a far jump",
    "values are passed in memory and in registers that functions need not keep, and returned in memory and in the registers of results",
    "other threads and handlers of signals do not change a number between its write and its read in one function",
    "nothing is written below an object on the stack by its address",
    "programs that are executed are not part of this one",
];

/// What must be true of programs of AArch64.
pub(crate) const PAGES: &str =
    "the parts of a split function do not pass the address of a page (`adrp`) to each other";

/// What must be true if data are used object by object.
pub(crate) const OBJECTS: &str = "an object in data is used from its start, and where no symbol says where it ends, no code has the address of a part of it, reached or not (not with --cautious)";
