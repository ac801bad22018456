//! Code → an ELF file that starts with it.

/// Where the file is in memory.
const BASE: u64 = 0x40_0000;

/// The size of the headers: one of the file, and one of its segment.
const HEADERS: u64 = 64 + 56;

/// Returns a program for an ELF machine, without sections and symbols. Its code is behind the headers.
pub fn program(machine: u16, code: &[u8]) -> Vec<u8> {
    let size = HEADERS + code.len() as u64;
    let mut file = vec![0x7f, b'E', b'L', b'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    file.extend([2, machine].map(u16::to_le_bytes).concat());
    file.extend(1u32.to_le_bytes());
    file.extend([BASE + HEADERS, 64, 0].map(u64::to_le_bytes).concat());
    file.extend(0u32.to_le_bytes());
    file.extend([64, 56, 1, 64, 0, 0].map(u16::to_le_bytes).concat());
    let segment = [7 << 32 | 1, 0, BASE, BASE, size, size, 0x1000];
    file.extend(segment.map(u64::to_le_bytes).concat());
    file.extend(code);
    file
}
