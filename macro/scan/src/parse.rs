//! ELF file → [`Image`].
//!
//! Sections, where there are any, only make the answer finer: what is loaded is decided by segments.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use object::elf;
use object::read::elf::{
    Dyn as _, ElfFile64, FileHeader as _, ProgramHeader as _, SectionHeader as _, Sym as _,
};
use object::{Endianness, ReadRef as _};

use crate::arch::Arch;
use crate::image::{Image, Segment};
use crate::{Error, File, relocation, unwind};

/// A section of glibc with start and end that are compared only: `IO_validate_vtable`,
/// `libio/libioP.h`.
const COMPARED: &[u8] = b"__libc_IO_vtables";

/// The most segments of a file.
const SEGMENTS: usize = 64;

/// The most that a file can claim of memory, against a hostile header.
const MOST: u64 = 1 << 40;

/// Reads a program or a library.
pub(crate) fn parse(file: File) -> Result<Image, Error> {
    let File { path, bytes } = file;
    let wrong = |what: &str| Error(format!("`{path}`: {what}"));
    let kind = object::FileKind::parse(&*bytes).map_err(|_| wrong("not an ELF file"))?;
    match kind {
        object::FileKind::Elf64 => {}
        object::FileKind::Elf32 => {
            return Err(wrong(
                "a 32-bit program; only x86_64 and aarch64 can be scanned",
            ));
        }
        _ => return Err(wrong("not an ELF file")),
    }
    let elf = ElfFile64::<Endianness>::parse(&*bytes)
        .map_err(|error| wrong(&format!("not a readable ELF file: {error}")))?;
    let endian = elf.endian();
    let header = elf.elf_header();
    let arch = match (header.e_machine(endian), endian) {
        (elf::EM_X86_64, Endianness::Little) => Arch::X86_64,
        (elf::EM_AARCH64, Endianness::Little) => Arch::Aarch64,
        (machine, _) => {
            return Err(wrong(&format!(
                "a program of ELF machine {machine}; only x86_64 and little-endian aarch64 can be scanned"
            )));
        }
    };
    let kind = header.e_type(endian);
    if kind != elf::ET_EXEC && kind != elf::ET_DYN {
        return Err(wrong("neither a program nor a library"));
    }
    let mut image = Image {
        arch,
        path: path.clone(),
        bytes: Vec::new(),
        segments: Vec::new(),
        code: Vec::new(),
        fixed: Vec::new(),
        absolute: kind == elf::ET_EXEC,
        functions: BTreeMap::new(),
        frames: BTreeMap::new(),
        names: BTreeMap::new(),
        parts: BTreeSet::new(),
        sets: Vec::new(),
        thread: None,
        objects: BTreeMap::new(),
        starts: OnceCell::new(),
        narrow: BTreeMap::new(),
        linked: BTreeSet::new(),
        pointers: BTreeMap::new(),
        exports: BTreeMap::new(),
        versions: Vec::new(),
        weak: BTreeSet::new(),
        offset_table: None,
        has_writable_code: false,
        has_text_relocations: false,
        filters: Vec::new(),
        entry: header.e_entry(endian),
        roots: Vec::new(),
        resolvers: BTreeSet::new(),
        is_library: false,
        needed: Vec::new(),
        interpreter: None,
        run_path: None,
        has_symbols: false,
        unwind_header: None,
    };
    for segment in elf.elf_program_headers() {
        let end = segment
            .p_offset(endian)
            .checked_add(segment.p_filesz(endian));
        let is_whole = end.is_some_and(|end| end <= bytes.len() as u64);
        let has_bytes = segment.p_filesz(endian) > 0;
        if segment.p_type(endian) == elf::PT_LOAD && has_bytes && !is_whole {
            return Err(wrong("it is cut off: a segment ends behind the file"));
        }
        add_segment(&mut image, segment, endian, &bytes);
    }
    if image.segments.len() > SEGMENTS {
        return Err(wrong("it has more segments than any program"));
    }
    if image.segments.is_empty() {
        return Err(wrong("it has nothing to load"));
    }
    let mut unwind = None;
    // What the unwinder reads.
    let mut tables = Vec::new();
    // All tables together are in the file, unless hostile sections claim more.
    let mut rest = bytes.len() as u64;
    for section in elf.elf_section_table().iter() {
        let flags = section.sh_flags(endian);
        let range = (section.sh_addr(endian), section.sh_size(endian));
        let Some(end) = range.0.checked_add(range.1) else {
            continue;
        };
        if flags & u64::from(elf::SHF_EXECINSTR) != 0 && range.1 > 0 {
            image.code.push((range.0, end));
        }
        let name = elf.elf_section_table().section_name(endian, section);
        if name == Ok(b".eh_frame") {
            unwind = Some(range.0);
        }
        if matches!(
            name,
            Ok(b".eh_frame" | b".eh_frame_hdr" | b".gcc_except_table")
        ) {
            tables.push(range.0..end);
        }
        if flags & u64::from(elf::SHF_ALLOC) != 0 {
            image.parts.insert(range.0);
            // The linker makes `__start_NAME` and `__stop_NAME` of such a name.
            let is_name =
                |name: &[u8]| name.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_');
            let is_set = name.is_ok_and(|name| is_name(name) && name != COMPARED);
            if is_set && flags & u64::from(elf::SHF_EXECINSTR) == 0 {
                image.sets.push((range.0, end));
            }
            let is_table = matches!(name, Ok(b".got" | b".got.plt"));
            if is_table && range.1 <= rest {
                rest -= range.1;
                image.parts.extend((range.0..end).step_by(8));
            }
        }
    }
    let has_sections = !image.code.is_empty();
    if !has_sections {
        let executable = image.segments.iter().filter(|segment| segment.executable);
        image.code = executable
            .map(|s| (s.address, s.address + s.in_file))
            .collect();
    }
    image.code.sort_unstable();
    image.versions = versions(&elf).unwrap_or_default();
    for (table, exported) in [
        (elf.elf_symbol_table(), false),
        (elf.elf_dynamic_symbol_table(), true),
    ] {
        for (index, symbol) in table.enumerate() {
            let name = table.symbol_name(endian, symbol).ok();
            let name = name
                .and_then(|name| std::str::from_utf8(name).ok())
                .unwrap_or("");
            add_symbol(&mut image, symbol, name, endian, exported);
            let version = image.versions.get(index.0).filter(|_| exported);
            let version = version.and_then(|version| version.clone());
            let value = symbol.st_value(endian);
            let is_defined = symbol.st_shndx(endian) != elf::SHN_UNDEF;
            if let Some(version) = version.filter(|_| is_defined && !name.is_empty()) {
                let name = format!("{name}@{version}");
                image.exports.entry(name).or_default().insert(value);
            }
        }
    }
    image.bytes = bytes;
    let table = dynamic(&mut image, &wrong)?;
    relocation::apply(&mut image, &table)?;
    for (start, frame) in unwind::frames(&image, unwind) {
        if image.is_code(start) {
            image.functions.insert(start, Some(frame.end));
            image.frames.insert(start, frame);
        }
    }
    if image.absolute {
        relocation::words(&mut image, has_sections, &tables);
    }
    Ok(image)
}

fn add_segment(
    image: &mut Image,
    header: &elf::ProgramHeader64<Endianness>,
    endian: Endianness,
    bytes: &[u8],
) {
    let address = header.p_vaddr(endian);
    let size = header.p_memsz(endian).min(MOST);
    let offset = header.p_offset(endian);
    let rest = (bytes.len() as u64).saturating_sub(offset);
    let in_file = header.p_filesz(endian).min(rest).min(size);
    let flags = header.p_flags(endian);
    let Some(end) = address.checked_add(size) else {
        return;
    };
    match header.p_type(endian) {
        elf::PT_LOAD => {
            let segment = Segment {
                address,
                size,
                offset,
                in_file,
                executable: flags & elf::PF_X != 0,
                writable: flags & elf::PF_W != 0,
            };
            image.has_writable_code |= segment.executable && segment.writable;
            image.segments.push(segment);
            if !segment.writable {
                image.fixed.push((address, end));
            }
        }
        elf::PT_GNU_RELRO => image.fixed.push((address, end)),
        elf::PT_TLS => image.thread = Some((address, end)),
        elf::PT_GNU_EH_FRAME => image.unwind_header = Some(address),
        elf::PT_INTERP => {
            let path = bytes.read_bytes_at(offset, in_file).unwrap_or_default();
            let path = path.split(|byte| *byte == 0).next().unwrap_or_default();
            image.interpreter = Some(String::from_utf8_lossy(path).into_owned());
        }
        _ => {}
    }
}

fn add_symbol(
    image: &mut Image,
    symbol: &elf::Sym64<Endianness>,
    name: &str,
    endian: Endianness,
    exported: bool,
) {
    if symbol.st_shndx(endian) == elf::SHN_UNDEF {
        return;
    }
    let (address, size) = (symbol.st_value(endian), symbol.st_size(endian));
    match symbol.st_type() {
        elf::STT_FUNC | elf::STT_GNU_IFUNC if image.is_code(address) => {
            let end = address.checked_add(size).filter(|_| size > 0);
            let known = image.functions.entry(address).or_default();
            *known = (*known).max(end);
            let better = image
                .names
                .get(&address)
                .is_none_or(|old| name.len() < old.len());
            if better && !name.is_empty() {
                image.names.insert(address, name.into());
            }
            image.has_symbols = true;
            if symbol.st_type() == elf::STT_GNU_IFUNC {
                image.resolvers.insert(address);
            }
        }
        elf::STT_OBJECT if size > 0 => {
            let known = image.objects.entry(address).or_default();
            *known = (*known).max(size);
        }
        elf::STT_NOTYPE if exported && image.is_code(address) => {}
        _ => return,
    }
    if exported && !name.is_empty() {
        image
            .exports
            .entry(name.into())
            .or_default()
            .insert(address);
    }
}

/// Reads the dynamic section: libraries, and what is called at the start and the end.
fn dynamic(image: &mut Image, wrong: &dyn Fn(&str) -> Error) -> Result<relocation::Tables, Error> {
    let elf =
        ElfFile64::<Endianness>::parse(&*image.bytes).map_err(|_| wrong("not an ELF file"))?;
    let endian = elf.endian();
    let mut values: BTreeMap<u32, Vec<u64>> = BTreeMap::new();
    for segment in elf.elf_program_headers() {
        let entries = segment.dynamic(endian, &*image.bytes);
        let entries = entries.map_err(|_| wrong("its dynamic section cannot be read"))?;
        for entry in entries.unwrap_or_default() {
            let Some(tag) = entry.tag32(endian) else {
                continue;
            };
            if tag == elf::DT_NULL {
                break;
            }
            values.entry(tag).or_default().push(entry.d_val(endian));
        }
    }
    let mut tables = relocation::Tables::new(&values);
    if values.is_empty() {
        // A static program at a fixed address: what its start-up code applies.
        for section in elf.elf_section_table().iter() {
            if section.sh_type(endian) == elf::SHT_RELA
                && section.sh_flags(endian) & u64::from(elf::SHF_ALLOC) != 0
            {
                tables
                    .rela
                    .push((section.sh_addr(endian), section.sh_size(endian)));
            }
        }
        for section in elf.elf_section_table().iter() {
            let kind = section.sh_type(endian);
            if matches!(
                kind,
                elf::SHT_INIT_ARRAY | elf::SHT_FINI_ARRAY | elf::SHT_PREINIT_ARRAY
            ) {
                tables
                    .arrays
                    .push((section.sh_addr(endian), section.sh_size(endian)));
            }
            let name = elf.elf_section_table().section_name(endian, section);
            if matches!(name, Ok(b".init" | b".fini")) {
                tables.calls.push(section.sh_addr(endian));
            }
        }
    }
    let strings = tables.strings;
    let names = |tag: u32| -> Vec<String> {
        let offsets = values.get(&tag).map(Vec::as_slice).unwrap_or_default();
        let offsets = offsets
            .iter()
            .filter_map(|offset| strings?.checked_add(*offset));
        offsets
            .filter_map(|address| image.string(address))
            .collect()
    };
    let flags = values.get(&elf::DT_FLAGS_1).and_then(|flags| flags.first());
    let is_program = flags.is_some_and(|flags| flags & u64::from(elf::DF_1_PIE) != 0);
    let is_library = values.contains_key(&elf::DT_SONAME)
        || !values.is_empty() && !image.absolute && image.interpreter.is_none() && !is_program;
    let needed = names(elf::DT_NEEDED);
    let filters = [
        elf::DT_FILTER,
        elf::DT_AUXILIARY,
        elf::DT_AUDIT,
        elf::DT_DEPAUDIT,
    ];
    let filters = filters.into_iter().flat_map(&names).collect();
    let run_path = names(elf::DT_RUNPATH)
        .into_iter()
        .chain(names(elf::DT_RPATH))
        .next();
    (image.needed, image.filters, image.run_path) = (needed, filters, run_path);
    image.is_library = is_library;
    let table = values.get(&elf::DT_PLTGOT).and_then(|all| all.first());
    image.offset_table = table.copied();
    Ok(tables)
}

/// Returns the version of each dynamic symbol, if there are such.
fn versions(elf: &ElfFile64<Endianness>) -> Option<Vec<Option<String>>> {
    let endian = elf.endian();
    let table = elf
        .elf_section_table()
        .versions(endian, elf.data())
        .ok()??;
    let name = |index| {
        let index = table.version_index(endian, index);
        let version = table.version(index).ok()??;
        std::str::from_utf8(version.name()).ok().map(String::from)
    };
    let symbols = elf.elf_dynamic_symbol_table().enumerate();
    Some(symbols.map(|(index, _)| name(index)).collect())
}
