//! ELF file → [`Image`]: what lies at which address, where functions are, and what its relocations
//! make of it when it is loaded.
//!
//! Sections, where there are any, only make the answer finer: what is loaded is decided by segments.

use std::collections::{BTreeMap, BTreeSet};

use object::elf;
use object::read::elf::{
    Dyn as _, ElfFile64, FileHeader as _, ProgramHeader as _, SectionHeader as _, Sym as _,
};
use object::{Endianness, ReadRef as _};

use crate::arch::Arch;
use crate::relocation::{self, Pointer};
use crate::{Error, File, unwind};

/// The address space of one module.
pub(crate) struct Image {
    pub(crate) arch: Arch,
    pub(crate) path: String,
    bytes: Vec<u8>,
    segments: Vec<Segment>,
    /// Sorted ranges that hold instructions.
    code: Vec<(u64, u64)>,
    /// Sorted ranges that are read-only once the program runs.
    fixed: Vec<(u64, u64)>,
    /// Whether addresses in the file are those at run time: then a number can be an address.
    pub(crate) absolute: bool,
    /// The start of each function that the file names or unwinds → where it ends, if that is known.
    pub(crate) functions: BTreeMap<u64, Option<u64>>,
    /// Functions with code that only the unwinder jumps to.
    pub(crate) landing: BTreeSet<u64>,
    names: BTreeMap<u64, String>,
    /// Starts of sections, and of each entry of those that the linker makes of single pointers.
    pub(crate) parts: BTreeSet<u64>,
    /// Sections of which code can have the start and the end, by symbols that the linker makes.
    pub(crate) sets: Vec<(u64, u64)>,
    /// What each thread gets a copy of.
    pub(crate) thread: Option<(u64, u64)>,
    /// The start of each named object in data → its size.
    pub(crate) objects: BTreeMap<u64, u64>,
    /// What a word in memory points to once the module is loaded.
    pub(crate) pointers: BTreeMap<u64, Pointer>,
    /// The symbols that relocations and libraries look up: every version of each name.
    pub(crate) exports: BTreeMap<String, BTreeSet<u64>>,
    /// The version that each dynamic symbol has or wants, if it has one.
    pub(crate) versions: Vec<Option<String>>,
    /// Symbols that it uses if another module has them.
    pub(crate) weak: BTreeSet<String>,
    pub(crate) has_writable_code: bool,
    /// Where the kernel or the loader begins.
    pub(crate) entry: u64,
    /// What the loader calls: functions for the start and the end, and resolvers.
    pub(crate) roots: Vec<u64>,
    /// Functions that the loader calls to learn what a symbol stands for.
    pub(crate) resolvers: BTreeSet<u64>,
    /// It has a name that programs need it by.
    pub(crate) is_library: bool,
    pub(crate) needed: Vec<String>,
    pub(crate) interpreter: Option<String>,
    pub(crate) run_path: Option<String>,
    pub(crate) has_symbols: bool,
    /// Where the header of the table for unwinding is.
    pub(crate) unwind_header: Option<u64>,
}

#[derive(Clone, Copy)]
struct Segment {
    address: u64,
    size: u64,
    offset: u64,
    in_file: u64,
    executable: bool,
    writable: bool,
}

/// A section of glibc with start and end that are compared only: `IO_validate_vtable`,
/// `libio/libioP.h`.
const COMPARED: &[u8] = b"__libc_IO_vtables";

/// The most segments of a file.
const SEGMENTS: usize = 64;

/// The most that a file can claim of memory, against a hostile header.
const MOST: u64 = 1 << 40;

impl Image {
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
            landing: BTreeSet::new(),
            names: BTreeMap::new(),
            parts: BTreeSet::new(),
            sets: Vec::new(),
            thread: None,
            objects: BTreeMap::new(),
            pointers: BTreeMap::new(),
            exports: BTreeMap::new(),
            versions: Vec::new(),
            weak: BTreeSet::new(),
            has_writable_code: false,
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
            if segment.p_type(endian) == elf::PT_LOAD && !is_whole {
                return Err(wrong("it is cut off: a segment ends behind the file"));
            }
            image.segment(segment, endian, &bytes);
        }
        if image.segments.len() > SEGMENTS {
            return Err(wrong("it has more segments than any program"));
        }
        if image.segments.is_empty() {
            return Err(wrong("it has nothing to load"));
        }
        let mut unwind = None;
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
                if is_table && range.1 < bytes.len() as u64 {
                    image.parts.extend((range.0..end).step_by(8));
                }
            }
        }
        if image.code.is_empty() {
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
                image.symbol(symbol, name, endian, exported);
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
        let table = image.dynamic(&wrong)?;
        relocation::apply(&mut image, &table)?;
        for function in unwind::functions(&image, unwind) {
            if image.is_code(function.start) {
                image.functions.insert(function.start, Some(function.end));
                if function.has_landing_pads {
                    image.landing.insert(function.start);
                }
            }
        }
        Ok(image)
    }

    fn segment(
        &mut self,
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
                self.has_writable_code |= segment.executable && segment.writable;
                self.segments.push(segment);
                if !segment.writable {
                    self.fixed.push((address, end));
                }
            }
            elf::PT_GNU_RELRO => self.fixed.push((address, end)),
            elf::PT_TLS => self.thread = Some((address, end)),
            elf::PT_GNU_EH_FRAME => self.unwind_header = Some(address),
            elf::PT_INTERP => {
                let path = bytes.read_bytes_at(offset, in_file).unwrap_or_default();
                let path = path.split(|byte| *byte == 0).next().unwrap_or_default();
                self.interpreter = Some(String::from_utf8_lossy(path).into_owned());
            }
            _ => {}
        }
    }

    fn symbol(
        &mut self,
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
            elf::STT_FUNC | elf::STT_GNU_IFUNC if self.is_code(address) => {
                let end = address.checked_add(size).filter(|_| size > 0);
                let known = self.functions.entry(address).or_default();
                *known = (*known).max(end);
                let better = self
                    .names
                    .get(&address)
                    .is_none_or(|old| name.len() < old.len());
                if better && !name.is_empty() {
                    self.names.insert(address, name.into());
                }
                self.has_symbols = true;
                if symbol.st_type() == elf::STT_GNU_IFUNC {
                    self.resolvers.insert(address);
                }
            }
            elf::STT_OBJECT if size > 0 => {
                let known = self.objects.entry(address).or_default();
                *known = (*known).max(size);
            }
            elf::STT_NOTYPE if exported && self.is_code(address) => {}
            _ => return,
        }
        if exported && !name.is_empty() {
            self.exports.entry(name.into()).or_default().insert(address);
        }
    }

    /// Reads the dynamic section: libraries, and what is called at the start and the end.
    fn dynamic(&mut self, wrong: &dyn Fn(&str) -> Error) -> Result<relocation::Tables, Error> {
        let elf =
            ElfFile64::<Endianness>::parse(&*self.bytes).map_err(|_| wrong("not an ELF file"))?;
        let endian = elf.endian();
        let mut values: BTreeMap<u32, Vec<u64>> = BTreeMap::new();
        for segment in elf.elf_program_headers() {
            let entries = segment.dynamic(endian, &*self.bytes);
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
            offsets.filter_map(|address| self.string(address)).collect()
        };
        let flags = values.get(&elf::DT_FLAGS_1).and_then(|flags| flags.first());
        let is_program = flags.is_some_and(|flags| flags & u64::from(elf::DF_1_PIE) != 0);
        let is_library = values.contains_key(&elf::DT_SONAME)
            || !values.is_empty() && !self.absolute && self.interpreter.is_none() && !is_program;
        let needed = names(elf::DT_NEEDED);
        let run_path = names(elf::DT_RUNPATH)
            .into_iter()
            .chain(names(elf::DT_RPATH))
            .next();
        (self.needed, self.run_path) = (needed, run_path);
        self.is_library = is_library;
        Ok(tables)
    }

    /// Returns how many bytes of instructions there are.
    pub(crate) fn size(&self) -> u64 {
        let claimed: u64 = self.code.iter().map(|(start, end)| end - start).sum();
        claimed.min(self.bytes.len() as u64)
    }

    /// Returns the bytes of the file from an address on, at most to the end of its segment.
    pub(crate) fn bytes(&self, address: u64) -> &[u8] {
        let segment = self.segments.iter().find(|segment| {
            address >= segment.address && address - segment.address < segment.in_file
        });
        segment.map_or(&[], |segment| {
            let start = segment.offset + (address - segment.address);
            let end = segment.offset + segment.in_file;
            self.bytes
                .get(start as usize..end as usize)
                .unwrap_or_default()
        })
    }

    /// Returns a number in memory as the file has it; what is not in the file is zero.
    pub(crate) fn number(&self, address: u64, width: u8) -> Option<u64> {
        let mut number = [0; 8];
        let bytes = self.bytes(address);
        let width = usize::from(width).min(8);
        if bytes.len() >= width {
            number[..width].copy_from_slice(&bytes[..width]);
        } else if !bytes.is_empty() || !self.is_mapped(address) {
            return None;
        }
        Some(u64::from_le_bytes(number))
    }

    /// Returns the text up to a zero.
    pub(crate) fn string(&self, address: u64) -> Option<String> {
        let bytes = self.bytes(address);
        let end = bytes.iter().take(4096).position(|byte| *byte == 0)?;
        String::from_utf8(bytes[..end].to_vec()).ok()
    }

    /// Returns whether there is such a text in data, with a zero behind it.
    pub(crate) fn has_text(&self, text: &str) -> bool {
        let mut wanted = text.as_bytes().to_vec();
        wanted.push(0);
        self.data().into_iter().any(|(start, end)| {
            let bytes = self.bytes(start);
            let bytes = &bytes[..bytes.len().min((end - start) as usize)];
            memchr::memmem::find(bytes, &wanted).is_some()
        })
    }

    /// Returns whether an address is in memory.
    pub(crate) fn is_mapped(&self, address: u64) -> bool {
        let inside = |s: &Segment| address >= s.address && address - s.address < s.size;
        self.segments.iter().any(inside)
    }

    /// Returns whether there are instructions.
    pub(crate) fn is_code(&self, address: u64) -> bool {
        let after = self.code.partition_point(|(start, _)| *start <= address);
        // Sections of zero size aside, ranges do not overlap.
        after > 0 && address < self.code[after - 1].1
    }

    /// Returns whether memory cannot be written once the program runs.
    pub(crate) fn is_fixed(&self, address: u64) -> bool {
        self.fixed
            .iter()
            .any(|(start, end)| address >= *start && address < *end)
    }

    /// Returns whether memory is never written.
    pub(crate) fn is_constant(&self, address: u64) -> bool {
        let inside = |s: &&Segment| address >= s.address && address - s.address < s.size;
        self.segments
            .iter()
            .find(inside)
            .is_some_and(|s| !s.writable)
    }

    /// Returns the symbol at an address.
    pub(crate) fn name(&self, address: u64) -> Option<&str> {
        self.names.get(&address).map(String::as_str)
    }

    /// Returns the start and the end of the function that contains an address, if both are known.
    pub(crate) fn bounds(&self, address: u64) -> Option<(u64, u64)> {
        let (start, end) = self.functions.range(..=address).next_back()?;
        let end = (*end)?;
        (address < end).then_some((*start, end))
    }

    /// Returns where the object that contains an address starts; the address itself if no symbol
    /// says.
    pub(crate) fn object_start(&self, address: u64) -> u64 {
        let before = self.objects.range(..=address).next_back();
        let inside = before.filter(|(start, size)| address - **start < **size);
        inside.map_or(address, |(start, _)| *start)
    }

    /// Returns whether a symbol says which object contains an address.
    pub(crate) fn has_object(&self, address: u64) -> bool {
        let before = self.objects.range(..=address).next_back();
        before.is_some_and(|(start, size)| address - start < *size)
    }

    /// Returns the start of the object that contains an address, if the loader copies the object.
    pub(crate) fn copied(&self, address: u64) -> Option<(&u64, &Pointer)> {
        let (start, pointer) = self.pointers.get_key_value(&self.object_start(address))?;
        matches!(pointer, Pointer::Copied(_)).then_some((start, pointer))
    }

    /// Returns the ranges of the file that are data in memory.
    pub(crate) fn data(&self) -> Vec<(u64, u64)> {
        let segments = self.segments.iter().filter(|segment| segment.in_file > 0);
        segments
            .map(|s| (s.address, s.address + s.in_file))
            .collect()
    }
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
