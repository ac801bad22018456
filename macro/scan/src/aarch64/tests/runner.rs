//! Executes instructions one by one under qemu.

use std::collections::HashMap;
use std::io::Write;
use std::process::{Command, Stdio};

pub(super) const CODE: u64 = 0x40_0000_0000;
pub(super) const CODE_END: u64 = CODE + (1 << 23);
pub(super) const DATA: u64 = 0x50_0000_0000;
pub(super) const DATA_END: u64 = DATA + (1 << 17);
pub(super) const MIDDLE: u64 = (DATA + DATA_END) / 2;

pub(super) fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Returns what is in the data before each instruction.
pub(super) fn pristine(address: u64) -> u8 {
    let offset = address - DATA;
    let mixed = mix(offset / 8);
    let value = match mixed >> 63 {
        1 => MIDDLE + (mixed & 0xff0),
        _ => mixed,
    };
    value.to_le_bytes()[(offset % 8) as usize]
}

/// What is executed, and in which state.
pub(super) struct Case {
    pub(super) word: u32,
    pub(super) address: u64,
    pub(super) registers: [u64; 32],
    pub(super) flags: u64,
}

/// The state after an instruction.
pub(super) struct Outcome {
    pub(super) signal: u64,
    pub(super) registers: Vec<u64>,
    pub(super) flags: u64,
    pub(super) pc: u64,
    pub(super) changed: HashMap<u64, u8>,
}

pub(super) fn run(cases: &[Case]) -> Vec<Outcome> {
    let folder = std::env::temp_dir().join(format!("execute-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let program = folder.join("execute");
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/src/aarch64/tests/execute.c");
    let built = Command::new("aarch64-linux-gnu-gcc")
        .args(["-O2", "-static", "-o"])
        .arg(&program)
        .arg(source)
        .status()
        .unwrap();
    assert!(built.success());
    let mut bytes = Vec::new();
    for case in cases {
        bytes.extend(u64::from(case.word).to_le_bytes());
        for register in case.registers {
            bytes.extend(register.to_le_bytes());
        }
        bytes.extend(case.flags.to_le_bytes());
    }
    let mut child = Command::new("qemu-aarch64-static")
        .args(["-cpu", "max"])
        .arg(&program)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || input.write_all(&bytes));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(output.status.success(), "{}", output.status);
    let mut numbers = output
        .stdout
        .chunks_exact(8)
        .map(|bytes| u64::from_le_bytes(bytes.try_into().unwrap()));
    let mut next = || numbers.next().unwrap();
    cases
        .iter()
        .map(|_| Outcome {
            signal: next(),
            registers: (0..32).map(|_| next()).collect(),
            flags: next(),
            pc: next(),
            changed: (0..next()).map(|_| (DATA + next(), next() as u8)).collect(),
        })
        .collect()
}
