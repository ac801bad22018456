//! `check-arguments` tells what is new in a kernel's source from what contradicts the table.
#![cfg(unix)]

use crate::skip::skip;
use std::path::Path;
use std::process::Command;

/// A kernel's source in small, and what `check-arguments` makes of a change to it.
const TREE: &[(&str, &str)] = &[
    (
        "arch/x86/Kconfig",
        "config X86_32\n\tselect CLONE_BACKWARDS\n",
    ),
    (
        "arch/x86/entry/syscalls/syscall_64.tbl",
        "0\tcommon\tread\tsys_read\n9\tcommon\tmmap\tsys_mmap\n17\tcommon\tpread64\tsys_pread64\n\
         56\tcommon\tclone\tsys_clone\n83\tcommon\tmkdir\tsys_mkdir\n",
    ),
    (
        "arch/x86/entry/syscalls/syscall_32.tbl",
        "23\ti386\tsetuid\tsys_setuid16\n90\ti386\tmmap\tsys_old_mmap\tcompat_sys_ia32_mmap\n\
         120\ti386\tclone\tsys_clone\tcompat_sys_ia32_clone\n180\ti386\tpread64\tsys_ia32_pread64\n",
    ),
    (
        "arch/x86/kernel/sys.c",
        "SYSCALL_DEFINE6(mmap, unsigned long, addr, unsigned long, len, unsigned long, prot,\n\
         unsigned long, flags, unsigned long, fd, unsigned long, off)\n{\n}\n\
         SYSCALL_DEFINE5(ia32_pread64, unsigned int, fd, char __user *, ubuf, u32, count,\n\
         u32, poslo, u32, poshi)\n{\n}\n\
         COMPAT_SYSCALL_DEFINE1(ia32_mmap, struct mmap_arg_struct32 __user *, arg)\n{\n}\n\
         COMPAT_SYSCALL_DEFINE5(ia32_clone, unsigned long, clone_flags, unsigned long, newsp,\n\
         int __user *, parent_tidptr, unsigned long, tls_val, int __user *, child_tidptr)\n{\n}\n",
    ),
    (
        "kernel/fork.c",
        "#ifdef CONFIG_CLONE_BACKWARDS\n\
         SYSCALL_DEFINE5(clone, unsigned long, clone_flags, unsigned long, newsp,\n\
         int __user *, parent_tidptr, unsigned long, tls, int __user *, child_tidptr)\n\
         #else\n\
         SYSCALL_DEFINE5(clone, unsigned long, clone_flags, unsigned long, newsp,\n\
         int __user *, parent_tidptr, int __user *, child_tidptr, unsigned long, tls)\n\
         #endif\n{\n}\n\
         SYSCALL_DEFINE1(setuid16, old_uid_t, uid)\n{\n}\n",
    ),
    (
        "fs/all.c",
        "SYSCALL_DEFINE3(read, unsigned int, fd, char __user *, buf, size_t, count)\n{\n}\n\
         SYSCALL_DEFINE4(pread64, unsigned int, fd, char __user *, buf, size_t, count, loff_t, pos)\n{\n}\n\
         SYSCALL_DEFINE2(mkdir, const char __user *, pathname, umode_t, mode)\n{\n}\n\
         SYSCALL_DEFINE1(old_mmap, struct mmap_arg_struct __user *, arg)\n{\n}\n",
    ),
];

/// A text of the tree, what it becomes, the exit status and words of the output.
#[rustfmt::skip]
const CHANGES: &[(&str, &str, i32, &str)] = &[
    ("", "", 0, "entry points compared"),
    ("size_t, count)", "unsigned int, count)", 2, "read, 2 is `unsigned int count` of 32 bits, `count` of another size"),
    ("umode_t, mode", "int, mode", 2, "mkdir, 1 is `int mode` of 32 bits"),
    ("old_uid_t, uid", "uid_t, uid", 2, "setuid, 0 is `uid_t uid` of 32 bits, `uid` of another size in the table (kernel/fork.c) on x86\n"),
    ("u32, poslo, u32, poshi", "u32, poshi, u32, poslo", 2, "pread64, 3 is `u32 poshi`, the low half in the table"),
    ("SYSCALL_DEFINE1(old_mmap, struct mmap_arg_struct __user *, arg)", "SYSCALL_DEFINE2(old_mmap, unsigned long, addr, unsigned long, len)", 2, "mmap, 2 registers, 1 in the table"),
    ("CONFIG_CLONE_BACKWARDS\n", "CONFIG_CLONE_BACKWARDS2\n", 2, "clone, 3 is `int __user * child_tidptr`, which is 4 in the table (kernel/fork.c) on x86\n"),
    ("const char __user *, pathname", "unsigned long, pathname", 0, "compared"),
    ("loff_t, pos", "strange_t, pos", 2, "unknown type `strange_t`"),
    ("0\tcommon\tread\t", "472\tcommon\tbrand_new\t", 1, "\n+brand_new,fd:int,buf:address,count:ulong,,,,,\n"),
    ("sys_mkdir\n", "sys_elsewhere\n", 0, "not compared: sys_elsewhere on x86_64 x32\n"),
];

#[test]
fn new_is_told_from_wrong() {
    if let Err(error) = Command::new("python3").arg("--version").output() {
        return skip(format_args!("python3: {error}"));
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("check-arguments");
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("check-arguments");
    for (i, (old, new, status, says)) in CHANGES.iter().enumerate() {
        let directory = place.join(i.to_string());
        for (path, text) in TREE {
            let path = directory.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, text.replace(old, new)).unwrap();
        }
        let mut check = Command::new("python3");
        let output = check.arg(&script).arg(&directory).output().unwrap();
        let said = [b"\n", &output.stdout[..], &output.stderr].concat();
        let said = String::from_utf8(said).unwrap();
        assert_eq!(output.status.code(), Some(*status), "{new}: {said}");
        assert!(said.contains(says), "{new}: {said}");
    }
    let usage = Command::new("python3")
        .arg(&script)
        .arg(&place)
        .status()
        .unwrap();
    assert_eq!(usage.code(), Some(3), "no kernel's source");
}
