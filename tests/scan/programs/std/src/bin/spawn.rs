//! Starts itself in several ways: with pipes, with a folder, after a function, and in its own place.

use std::io::{Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

fn main() {
    let mut words = std::env::args().skip(1);
    match words.next().as_deref() {
        None => parent(),
        Some("echo") => {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text).unwrap();
            print!("{text}");
        }
        Some("wait") => std::thread::sleep(std::time::Duration::from_secs(60)),
        Some(_) => (),
    }
}

fn again() -> Command {
    Command::new(std::env::current_exe().unwrap())
}

fn parent() {
    let mut child = again()
        .arg("echo")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"hello").unwrap();
    assert_eq!(child.wait_with_output().unwrap().stdout, b"hello");

    let child = again().arg("echo").env("A", "b").current_dir("/").output();
    assert!(child.unwrap().status.success());

    let mut child = again().arg("wait").process_group(0).spawn().unwrap();
    assert!(child.try_wait().unwrap().is_none());
    child.kill().unwrap();
    child.wait().unwrap();

    let mut forked = again();
    // SAFETY: the function does nothing.
    unsafe { forked.arg("nothing").pre_exec(|| Ok(())) };
    assert!(forked.status().unwrap().success());
    assert!(Command::new("/nowhere").status().is_err());
    panic!("{}", again().arg("nothing").exec());
}
