//! What the loader writes into a module before it runs → [`Pointer`]s.

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;

use object::elf;

use crate::Error;
use crate::arch::Arch;
use crate::image::{Image, Pointer};

/// Where the tables of the dynamic section are.
pub(crate) struct Tables {
    /// Address and size of tables with addends.
    pub(crate) rela: Vec<(u64, u64)>,
    relr: Option<(u64, u64)>,
    symbols: Option<u64>,
    pub(crate) strings: Option<u64>,
    /// Address and size of arrays of functions that the loader calls.
    pub(crate) arrays: Vec<(u64, u64)>,
    /// Functions that the loader calls.
    pub(crate) calls: Vec<u64>,
}

impl Tables {
    pub(crate) fn new(values: &BTreeMap<u32, Vec<u64>>) -> Tables {
        let value = |tag: u32| values.get(&tag)?.first().copied();
        let pair = |address, size| Some((value(address)?, value(size)?));
        let pairs = |tags: &[(u32, u32)]| {
            let tags = tags.iter();
            tags.filter_map(|(address, size)| pair(*address, *size))
                .collect()
        };
        Tables {
            rela: pairs(&[
                (elf::DT_RELA, elf::DT_RELASZ),
                (elf::DT_JMPREL, elf::DT_PLTRELSZ),
            ]),
            relr: pair(DT_RELR, DT_RELRSZ),
            symbols: value(elf::DT_SYMTAB),
            strings: value(elf::DT_STRTAB),
            arrays: pairs(&[
                (elf::DT_PREINIT_ARRAY, elf::DT_PREINIT_ARRAYSZ),
                (elf::DT_INIT_ARRAY, elf::DT_INIT_ARRAYSZ),
                (elf::DT_FINI_ARRAY, elf::DT_FINI_ARRAYSZ),
            ]),
            calls: [elf::DT_INIT, elf::DT_FINI]
                .iter()
                .filter_map(|tag| value(*tag))
                .collect(),
        }
    }
}

/// System V ABI, generic: `DT_RELRSZ`, `DT_RELR`.
const DT_RELRSZ: u32 = 35;
const DT_RELR: u32 = 36;

/// What a relocation does, on each architecture.
enum Kind {
    Relative,
    Resolved,
    Copied,
    Symbol,
    /// The same, in a table that only the loader writes.
    Linked,
    /// Of thread storage or sizes: no pointer.
    Other,
}

fn kind(arch: Arch, number: u32) -> Kind {
    match (arch, number) {
        (Arch::X86_64, elf::R_X86_64_RELATIVE) => Kind::Relative,
        (Arch::X86_64, elf::R_X86_64_IRELATIVE) => Kind::Resolved,
        (Arch::X86_64, elf::R_X86_64_64) | (Arch::Aarch64, elf::R_AARCH64_ABS64) => Kind::Symbol,
        (Arch::X86_64, elf::R_X86_64_GLOB_DAT | elf::R_X86_64_JUMP_SLOT)
        | (Arch::Aarch64, elf::R_AARCH64_GLOB_DAT | elf::R_AARCH64_JUMP_SLOT) => Kind::Linked,
        (Arch::X86_64, elf::R_X86_64_COPY) | (Arch::Aarch64, elf::R_AARCH64_COPY) => Kind::Copied,
        (Arch::Aarch64, elf::R_AARCH64_RELATIVE) => Kind::Relative,
        (Arch::Aarch64, elf::R_AARCH64_IRELATIVE) => Kind::Resolved,
        _ => Kind::Other,
    }
}

/// Finds the pointers of a module, and the functions that the loader calls.
pub(crate) fn apply(image: &mut Image, tables: &Tables) -> Result<(), Error> {
    for (address, size) in &tables.rela {
        for [slot, info, addend] in entries(image, *address, *size)? {
            image.has_text_relocations |= image.is_code(slot);
            if let Kind::Linked = kind(image.arch, info as u32) {
                image.linked.insert(slot);
            }
            let pointer = match kind(image.arch, info as u32) {
                Kind::Relative => Pointer::Own(addend),
                Kind::Resolved => {
                    image.roots.push(addend);
                    Pointer::Resolved(addend)
                }
                Kind::Linked | Kind::Symbol => match symbol(image, tables, info >> 32) {
                    Some(Symbol::Own(value, true)) => {
                        image.roots.push(value);
                        Pointer::Resolved(value)
                    }
                    Some(Symbol::Own(value, false)) => Pointer::Own(value.wrapping_add(addend)),
                    Some(Symbol::Named(name, is_weak)) => {
                        if is_weak {
                            image.weak.insert(name.clone());
                        }
                        Pointer::Symbol(name, addend as i64)
                    }
                    None => continue,
                },
                Kind::Copied => match symbol(image, tables, info >> 32) {
                    Some(Symbol::Named(name, _)) => Pointer::Copied(name),
                    _ => continue,
                },
                Kind::Other => continue,
            };
            image.pointers.insert(slot, pointer);
        }
    }
    if let Some((address, size)) = tables.relr {
        relative(image, address, size)?;
    }
    image.roots.extend(&tables.calls);
    for (address, size) in &tables.arrays {
        functions(image, *address, *size);
    }
    let roots = std::mem::take(&mut image.roots);
    image.roots = roots
        .into_iter()
        .filter(|root| image.is_code(*root))
        .collect();
    image.roots.sort_unstable();
    image.roots.dedup();
    Ok(())
}

/// Finds the functions of an array: what relocations write into it, and what the file has elsewhere.
fn functions(image: &mut Image, address: u64, size: u64) {
    let mut roots = Vec::new();
    for (_, pointer) in image.pointers.range(address..address.saturating_add(size)) {
        match pointer {
            Pointer::Own(function) | Pointer::Resolved(function) => roots.push(*function),
            Pointer::Symbol(name, _) => roots.extend(image.exports.get(name).into_iter().flatten()),
            // Then it has what the file has.
            Pointer::Copied(_) => {}
        }
    }
    // Behind the bytes of the file there are only zeros, however large the array claims to be.
    let in_file = size.min(image.bytes(address).len() as u64);
    for slot in (address..address + in_file).step_by(8) {
        if let Some(Pointer::Copied(_)) | None = image.pointers.get(&slot) {
            roots.extend(image.number(slot, 8));
        }
    }
    image.roots.extend(roots);
}

enum Symbol {
    /// Its value, and whether it is a resolver. Local symbols, which nothing else can replace.
    Own(u64, bool),
    /// Its name, with its version, and whether nothing need have it.
    Named(String, bool),
}

fn symbol(image: &Image, tables: &Tables, index: u64) -> Option<Symbol> {
    let entry = tables.symbols?.checked_add(index.checked_mul(24)?)?;
    let name = image.number(entry, 4)?;
    let info = image.number(entry.checked_add(4)?, 1)? as u8;
    let name = image.string(tables.strings?.checked_add(name)?)?;
    let other = image.number(entry.checked_add(5)?, 1)? as u8;
    // Another module's does not take the place of a protected one.
    let is_protected =
        other & 3 == elf::STV_PROTECTED && image.number(entry.checked_add(6)?, 2)? != 0;
    if name.is_empty() || info >> 4 == elf::STB_LOCAL || is_protected {
        let value = image.number(entry.checked_add(8)?, 8)?;
        return Some(Symbol::Own(value, info & 15 == elf::STT_GNU_IFUNC));
    }
    let version = image.versions.get(index as usize);
    let name = match version.and_then(|version| version.as_ref()) {
        Some(version) => format!("{name}@{version}"),
        None => name,
    };
    Some(Symbol::Named(name, info >> 4 == elf::STB_WEAK))
}

/// Reads a table of so many words an entry.
fn entries<const WORDS: usize>(
    image: &Image,
    address: u64,
    size: u64,
) -> Result<Vec<[u64; WORDS]>, Error> {
    let bytes = image.bytes(address);
    let Some(bytes) = bytes.get(..size as usize) else {
        return Err(Error(format!(
            "`{}`: its relocations lie outside of the file",
            image.path
        )));
    };
    let entry = |bytes: &[u8]| {
        let mut words = [0; WORDS];
        for (word, bytes) in words.iter_mut().zip(bytes.chunks_exact(8)) {
            let mut buffer = [0; 8];
            buffer.copy_from_slice(bytes);
            *word = u64::from_le_bytes(buffer);
        }
        words
    };
    Ok(bytes.chunks_exact(8 * WORDS).map(entry).collect())
}

/// Packed relative relocations: an address, then bitmaps of the 63 words behind it.
fn relative(image: &mut Image, address: u64, size: u64) -> Result<(), Error> {
    let mut next = 0u64;
    for [entry] in entries(image, address, size)? {
        let slots: Vec<u64> = if entry & 1 == 0 {
            next = entry.wrapping_add(8);
            vec![entry]
        } else {
            let base = next;
            next = next.wrapping_add(63 * 8);
            let set = (1..64).filter(|bit| entry >> bit & 1 != 0);
            set.map(|bit| base.wrapping_add((bit - 1) * 8)).collect()
        };
        for slot in slots {
            if let Some(value) = image.number(slot, 8) {
                image.pointers.insert(slot, Pointer::Own(value));
            }
        }
    }
    Ok(())
}

/// At a fixed address, pointers need no relocation: every word that can be one is taken for one. What
/// is not aligned, has 4 bytes, or stands between instructions or in `tables`, which the unwinder reads,
/// must be the start of a function or of an object. Without sections, nothing says what is between
/// instructions.
pub(crate) fn words(image: &mut Image, has_sections: bool, tables: &[Range<u64>]) {
    let starts: HashSet<u64> = { image.functions.keys() }
        .chain(image.objects.keys())
        .copied()
        .collect();
    let (mut wide, mut narrow) = (Vec::new(), Vec::new());
    for (start, _) in image.data() {
        let bytes = image.bytes(start);
        let half = |at: usize| {
            let word = bytes.get(at..at + 4)?.try_into().ok()?;
            Some(u64::from(u32::from_le_bytes(word)))
        };
        for at in 0..bytes.len() {
            let Some(low) = half(at) else { break };
            let slot = start + at as u64;
            let is_aligned = slot.is_multiple_of(8)
                && !(has_sections && image.is_code(slot))
                && !tables.iter().any(|table| table.contains(&slot));
            let value = low | half(at + 4).unwrap_or(1) << 32;
            if starts.contains(&value) || is_aligned && image.is_mapped(value) {
                wide.push((slot, value));
            } else if image.functions.contains_key(&low) && !image.is_code(slot) {
                narrow.push((slot, low));
            }
        }
    }
    for (slot, value) in wide {
        let pointer = Pointer::Own(value);
        image.pointers.entry(slot).or_insert(pointer);
    }
    image.narrow.extend(narrow);
}
