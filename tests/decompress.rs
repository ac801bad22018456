//! The `decompress` example as a user runs it.
#![cfg(target_os = "linux")]

#[path = "support/example.rs"]
mod example;
#[path = "../macro/compiler/tests/support/skip.rs"]
mod skip;

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

fn decompress(words: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(example::example("decompress"))
        .args(words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // It may end before it has read all.
    let _ = stdin.write_all(input);
    drop(stdin);
    child.wait_with_output().unwrap()
}

/// Requires that it fails, writes nothing, and says so in its last lines.
fn refused(words: &[&str], input: &[u8], message: &str) {
    let output = decompress(words, input);
    assert_eq!(output.status.code(), Some(1), "{words:?}");
    assert!(output.stdout.is_empty(), "{words:?}");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(errors.ends_with(message), "{words:?}: {errors}");
}

/// Literal bytes, 128 to a token.
fn literal(bytes: &[u8]) -> Vec<u8> {
    let tokens = bytes.chunks(128).map(|chunk| {
        let mut token = vec![chunk.len() as u8 - 1];
        token.extend(chunk);
        token
    });
    tokens.collect::<Vec<_>>().concat()
}

#[test]
fn input_that_is_sound_is_decoded() {
    for (input, expected) in [
        (&b""[..], &b""[..]),
        (b"\x04hello", b"hello"),
        (b"\x04hello\x85\x05\x00", b"hellohellohel"),
        (b"\x00x\x80\x01\x00\x01yz", b"xxxxyz"),
    ] {
        let output = decompress(&[], input);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{errors}");
        assert_eq!(output.stdout, expected);
        assert_eq!(errors, format!("decompress: {} bytes\n", expected.len()));
    }
    // Enough of it that the allocator asks the kernel, for more and for longer pieces.
    let bytes: Vec<u8> = (0..3_000_000_u32)
        .map(|i| (i.wrapping_mul(i) >> 7) as u8)
        .collect();
    let output = decompress(&[], &literal(&bytes));
    assert!(output.status.success() && output.stdout == bytes);
}

/// The commands of the example's own text, as they stand there.
#[test]
fn what_is_to_be_typed_works() {
    let text = std::fs::read_to_string("examples/decompress.rs").unwrap();
    let commands = text
        .lines()
        .filter_map(|line| line.strip_prefix("//! printf"));
    let outcomes = commands.map(|command| {
        let built = format!("'{}' ", example::example("decompress").display());
        let (input, words) = command
            .split_once("cargo run -q --example decompress")
            .unwrap();
        let words = words.strip_prefix(" -- ").unwrap_or(words);
        let command = format!("printf{input}{built}{words}");
        let output = Command::new("sh").args(["-c", &command]).output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        said + &String::from_utf8_lossy(&output.stderr)
    });
    assert_eq!(
        outcomes.collect::<Vec<_>>(),
        [
            "hello\ndecompress: 6 bytes\n",
            "ha\nha\nha\ndecompress: 9 bytes\n",
            "decompress: the decoder made a call that its profile denies\n",
        ]
    );
}

/// `script` runs a command on a terminal of its own.
#[test]
fn on_a_terminal_it_says_that_it_waits() {
    let command = format!("'{}'", example::example("decompress").display());
    let script = Command::new("script")
        .args(["-qec", &command, "/dev/null"])
        .stdin(Stdio::null())
        .output();
    let Ok(output) = script else {
        return skip::skip("`script` is not installed");
    };
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("standard input is read"), "{said}");
}

#[test]
fn input_that_is_not_sound_fails() {
    const GAVE_UP: &str = "\ndecompress: the decoder gave up\n";
    for (input, problem) in [
        (&b"\x04hel"[..], "the input is cut"),
        (b"\x00x\x80\x01", "the input is cut"),
        (b"\x80\x01\x00", "nothing is there"),
        (b"\x00x\x80\x00\x00", "nothing is there"),
        (b"\x00x\x80\x02\x00", "nothing is there"),
    ] {
        refused(&[], input, &format!("decompress: {problem}{GAVE_UP}"));
    }
}

#[test]
fn input_that_grows_is_cut_off() {
    let bomb = |tokens| [&b"\x00x"[..], &b"\xff\x01\x00".repeat(tokens)].concat();
    // 20 MB, which fit into the memory of the child; and 78 MB, which do not.
    refused(&[], &bomb(160_000), "decompress: the result is too long\n");
    refused(
        &[],
        &bomb(600_000),
        "decompress: no memory is left\ndecompress: the decoder gave up\n",
    );
}

#[test]
fn whoever_takes_the_decoder_over_can_only_fail() {
    let input = b"\x04hello";
    for attack in ["open", "connect", "execute"] {
        let message = "decompress: the decoder made a call that its profile denies\n";
        refused(&["--as-if", attack], input, message);
    }
    let message = "decompress: the decoder took too long\n";
    refused(&["--as-if", "spin"], input, message);
    let message = "decompress: the decoder gave up\n";
    refused(&["--as-if", "allocate"], input, message);
}

#[test]
fn attacks_that_nobody_knows_are_none() {
    let message = "decompress: no attack is called `dance`\ndecompress: the decoder gave up\n";
    refused(&["--as-if", "dance"], b"", message);
    refused(
        &["dance"],
        b"",
        "usage: decompress [--as-if ATTACK] < FILE\n",
    );
}
