//! Where libraries are found.

use serde_json::Value;

use crate::folder::Folder;
use crate::program::Elf;
use crate::program::Op::{Make, Return};

/// A library that needs others.
fn library(needed: &[&'static str]) -> Elf {
    Elf {
        needed: needed.to_vec(),
        ..Elf::new(&[("library", &[Make(2), Return])])
    }
}

fn program(needed: &[&'static str]) -> Elf {
    Elf {
        needed: needed.to_vec(),
        ..Elf::new(&[("_start", &[Make(60), Return])])
    }
}

/// Returns the modules after the program, and whether all were found.
fn modules(folder: &Folder, words: &[&str]) -> (Vec<String>, bool) {
    let words = [&["scan", "--json"], words].concat();
    let output = folder.run(&words);
    let errors = String::from_utf8_lossy(&output.stderr);
    let json: Value = serde_json::from_slice(&output.stdout).expect(&errors);
    let modules = json["modules"].as_array().unwrap().iter().skip(1);
    let paths = modules.map(|module| module["path"].as_str().unwrap().to_string());
    (paths.collect(), json["complete"].as_bool().unwrap())
}

fn found(paths: &[&str]) -> (Vec<String>, bool) {
    (paths.iter().map(|path| path.to_string()).collect(), true)
}

#[test]
fn a_run_path_leads_to_libraries() {
    let folder = Folder::new("run-path");
    for (file, path) in [
        ("one", "$ORIGIN/lib"),
        ("braces", "/none:${ORIGIN}/../run-path/lib"),
        ("inside", "$ORIGIN/$LIB"),
    ] {
        let elf = Elf {
            run_path: Some(path),
            ..program(&["liba.so"])
        };
        folder.write(file, elf.bytes());
    }
    folder.write("lib/liba.so", library(&[]).bytes());
    folder.write("lib/x86_64-linux-gnu/liba.so", library(&[]).bytes());
    assert_eq!(modules(&folder, &["./one"]), found(&["./lib/liba.so"]));
    assert_eq!(modules(&folder, &["one"]), found(&["./lib/liba.so"]));
    let real = folder.0.with_file_name("run-path");
    assert!(!real.exists());
    assert!(!modules(&folder, &["./braces"]).1);
    assert_eq!(
        modules(&folder, &["./inside"]),
        found(&["./lib/x86_64-linux-gnu/liba.so"])
    );
}

/// `DT_RPATH` counts for what libraries need, `DT_RUNPATH` does not.
#[test]
fn only_an_rpath_is_inherited() {
    let folder = Folder::new("inherited");
    let elf = Elf {
        rpath: Some("$ORIGIN/lib"),
        ..program(&["liba.so"])
    };
    folder.write("rpath", elf.bytes());
    let elf = Elf {
        run_path: Some("$ORIGIN/lib"),
        ..elf
    };
    folder.write("run-path", elf.bytes());
    folder.write("lib/liba.so", library(&["libb.so"]).bytes());
    folder.write("lib/libb.so", library(&[]).bytes());
    assert_eq!(
        modules(&folder, &["./rpath"]),
        found(&["./lib/liba.so", "./lib/libb.so"])
    );
    let (paths, complete) = modules(&folder, &["./run-path"]);
    assert_eq!(paths, ["./lib/liba.so"]);
    assert!(!complete);
}

#[test]
fn given_folders_are_first() {
    let folder = Folder::new("given");
    let elf = Elf {
        run_path: Some("$ORIGIN/lib"),
        ..program(&["liba.so"])
    };
    folder.write("program", elf.bytes());
    folder.write("lib/liba.so", library(&[]).bytes());
    folder.write("more/liba.so", library(&[]).bytes());
    // A loader goes on after a library of another architecture, and after what is none.
    let mut other = library(&[]).bytes();
    other[18] = 183;
    folder.write("other/liba.so", other);
    folder.write("text/liba.so", "/* GNU ld script */");
    folder.write("empty/none", "");
    for (first, path) in [("more", "more/liba.so"), ("empty", "./lib/liba.so")] {
        let words = ["--library-path", "other", "--library-path", "text"];
        let words = [&words[..], &["--library-path", first, "./program"]].concat();
        assert_eq!(modules(&folder, &words), found(&[path]));
    }
}

#[cfg(unix)]
#[test]
fn a_sysroot_is_the_whole_system() {
    use std::os::unix::fs::symlink;

    let folder = Folder::new("sysroot");
    let elf = Elf {
        interpreter: Some("/lib64/ld-linux-x86-64.so.2"),
        ..program(&["liba.so", "libb.so", "libc.so.6"])
    };
    folder.write("program", elf.bytes());
    folder.write("root/etc/ld.so.conf", "include /etc/ld.so.conf.d/*.conf\n");
    folder.write("root/etc/ld.so.conf.d/a.conf", "/opt/a\n");
    folder.write("root/opt/a/liba.so", library(&[]).bytes());
    folder.write("root/usr/lib/libb.so", library(&[]).bytes());
    folder.write("root/usr/lib/real.so", library(&[]).bytes());
    folder.write("root/usr/lib64/ld-linux-x86-64.so.2", library(&[]).bytes());
    symlink("usr/lib64", folder.path("root/lib64")).unwrap();
    symlink("/usr/lib/real.so", folder.path("root/usr/lib/libc.so.6")).unwrap();
    assert_eq!(
        modules(&folder, &["--sysroot", "root", "./program"]),
        found(&[
            "root/opt/a/liba.so",
            "root/usr/lib/libb.so",
            "root/usr/lib/real.so",
            "root/usr/lib64/ld-linux-x86-64.so.2"
        ])
    );
}

/// Some processors load another file than the one that was read: that is told.
#[test]
fn other_files_for_other_processors_are_told() {
    let folder = Folder::new("hwcaps");
    folder.write("program", program(&["liba.so"]).bytes());
    folder.write("lib/liba.so", library(&[]).bytes());
    folder.write("lib/glibc-hwcaps/x86-64-v3/liba.so", library(&[]).bytes());
    let words = ["scan", "--library-path", "lib", "program"];
    let text = folder.succeeds(&words);
    let warning = "some processors load lib/glibc-hwcaps/x86-64-v3/liba.so in place of";
    assert!(text.contains(warning), "{text}");
}

/// musl's loader is its C library, under each of its names.
#[test]
fn musl_is_one_file() {
    let folder = Folder::new("musl");
    let elf = Elf {
        interpreter: Some("/lib/ld-musl-x86_64.so.1"),
        ..program(&["libpthread.so.0", "liba.so"])
    };
    folder.write("program", elf.bytes());
    folder.write("root/lib/ld-musl-x86_64.so.1", library(&[]).bytes());
    folder.write("root/etc/ld-musl-x86_64.path", "/opt/lib\n");
    folder.write("root/opt/lib/liba.so", library(&[]).bytes());
    let (paths, complete) = modules(&folder, &["--sysroot", "root", "./program"]);
    assert!(complete);
    assert!(
        paths.contains(&"root/opt/lib/liba.so".to_string()),
        "{paths:?}"
    );
    assert!(
        paths.contains(&"root/lib/ld-musl-x86_64.so.1".to_string()),
        "{paths:?}"
    );
    assert!(paths.len() <= 3, "{paths:?}");
}
