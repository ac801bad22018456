//! An ELF file → what a loader needs to find its libraries. What the file does is for
//! `seccomp_profile_scan` to read.

use object::elf::{self, FileHeader64};
use object::endian::LittleEndian;
use object::read::elf::{Dyn as _, FileHeader as _, ProgramHeader as _};

/// What a file says to its loader.
#[derive(Clone, Debug, Default)]
pub(super) struct Header {
    /// The architecture, as folders of libraries name it; empty for those that are not scanned.
    pub(super) arch: &'static str,
    /// The path of the loader.
    pub(super) interpreter: Option<String>,
    pub(super) run_path: Option<String>,
    /// `DT_RPATH`, which libraries of the file inherit. A loader ignores it beside a `DT_RUNPATH`.
    pub(super) inherited: Option<String>,
}

impl Header {
    /// Reads a file; what is not there or cannot be read is absent.
    pub(super) fn read(bytes: &[u8]) -> Header {
        let mut read = Header::default();
        let Ok(header) = FileHeader64::<LittleEndian>::parse(bytes) else {
            return read;
        };
        let Ok(endian) = header.endian() else {
            return read;
        };
        read.arch = match header.e_machine(endian) {
            elf::EM_X86_64 => "x86_64",
            elf::EM_AARCH64 => "aarch64",
            _ => "",
        };
        let segments = header.program_headers(endian, bytes).unwrap_or_default();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (mut table, mut run_path, mut inherited) = (None, None, None);
        for segment in segments {
            if let Ok(Some(path)) = segment.interpreter(endian, bytes) {
                read.interpreter = Some(text(path));
            }
            let entries = segment.dynamic(endian, bytes);
            for entry in entries.ok().flatten().unwrap_or_default() {
                let value = Some(entry.d_val(endian));
                match entry.tag32(endian) {
                    Some(elf::DT_STRTAB) => table = value,
                    Some(elf::DT_RUNPATH) => run_path = value,
                    Some(elf::DT_RPATH) => inherited = value,
                    _ => {}
                }
            }
        }
        // A string at an offset of the table, which has an address.
        let string = |at: Option<u64>| -> Option<String> {
            let address = table?.checked_add(at?)?;
            let data = segments.iter().find_map(|segment| {
                if segment.p_type(endian) != elf::PT_LOAD {
                    return None;
                }
                let behind = address.checked_sub(segment.p_vaddr(endian))?;
                segment
                    .data(endian, bytes)
                    .ok()?
                    .get(usize::try_from(behind).ok()?..)
            })?;
            let end = data.iter().position(|byte| *byte == 0)?;
            Some(text(&data[..end]))
        };
        read.run_path = string(run_path);
        read.inherited = match run_path {
            None => string(inherited),
            Some(_) => None,
        };
        read
    }

    /// Returns whether the loader of the program is musl's.
    pub(super) fn is_musl(&self) -> bool {
        let path = self.interpreter.as_deref().unwrap_or_default();
        path.rsplit('/')
            .next()
            .unwrap_or_default()
            .starts_with("ld-musl-")
    }
}
