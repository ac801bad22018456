//! A program, a call → the answer, on the bytes that a kernel would show the program.
//!
//! It knows the instructions that libseccomp writes and takes nothing from the compiler: where a
//! half of an argument lies is said here a second time.

use seccomp_profile_compiler::bpf::Insn;
use seccomp_profile_compiler::linux::abi::Endian;
use seccomp_profile_compiler::linux::data::SeccompData;

/// `struct seccomp_data` in memory.
pub type Bytes = [u8; 64];

/// Lays a call out as a kernel of that byte order does.
pub fn bytes(data: &SeccompData, endian: Endian) -> Bytes {
    let halves = |value: u64| match endian {
        Endian::Little => [value as u32, (value >> 32) as u32],
        Endian::Big => [(value >> 32) as u32, value as u32],
    };
    let mut words = vec![data.nr, data.arch];
    words.extend(halves(data.instruction_pointer));
    words.extend(data.args.iter().flat_map(|&arg| halves(arg)));
    let mut bytes = [0; 64];
    for (place, word) in bytes.chunks_exact_mut(4).zip(words) {
        place.copy_from_slice(&match endian {
            Endian::Little => word.to_le_bytes(),
            Endian::Big => word.to_be_bytes(),
        });
    }
    bytes
}

/// Runs a program; what it returns, or where it does what no filter of libseccomp does.
pub fn run(program: &[Insn], bytes: &Bytes, endian: Endian) -> Result<u32, String> {
    let (mut a, mut at) = (0u32, 0usize);
    loop {
        let insn = program
            .get(at)
            .ok_or(format!("runs past its end to {at}"))?;
        at += 1;
        let k = insn.k;
        let holds = match insn.code {
            0x20 => {
                let place = k as usize;
                let word = bytes.get(place..place + 4).filter(|_| place % 4 == 0);
                let word = word.and_then(|word| word.try_into().ok());
                let word = word.ok_or(format!("{} loads from {k}", at - 1))?;
                a = match endian {
                    Endian::Little => u32::from_le_bytes(word),
                    Endian::Big => u32::from_be_bytes(word),
                };
                continue;
            }
            0x54 => {
                a &= k;
                continue;
            }
            0x05 => {
                at += k as usize;
                continue;
            }
            0x06 => return Ok(k),
            0x15 => a == k,
            0x25 => a > k,
            0x35 => a >= k,
            0x45 => a & k != 0,
            code => return Err(format!("{} has the unknown operation {code:#x}", at - 1)),
        };
        at += usize::from(if holds { insn.jt } else { insn.jf });
    }
}
