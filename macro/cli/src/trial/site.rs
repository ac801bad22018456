//! The address of a call's instruction → the file that it is in, the address there, and the symbol.
//!
//! This reads files that the command has mapped. If the command itself serves their file system, it
//! waits for its call while this waits for the file: nothing prevents that.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use object::read::elf::ElfFile;
use object::read::{Object as _, ObjectSegment as _, ObjectSymbol as _, ReadCache, ReadRef};

/// Where a call was made; what could not be read is absent.
#[derive(Default)]
pub(super) struct Site {
    /// The name of the thread.
    pub(super) thread: Option<String>,
    /// The program.
    pub(super) exe: Option<String>,
    /// The file or the name of the memory.
    pub(super) module: Option<String>,
    /// The address in the file as `addr2line -e` takes it, of the instruction after the call.
    pub(super) offset: Option<u64>,
    /// The symbol, and how far behind its start.
    pub(super) symbol: Option<String>,
}

/// The symbols of the files that were looked at.
#[derive(Default)]
pub(super) struct Symbols {
    files: BTreeMap<PathBuf, Option<Table>>,
}

/// What is needed of one file.
struct Table {
    /// Offset in the file, length and address.
    segments: Vec<(u64, u64, u64)>,
    /// Address, size and name, sorted.
    symbols: Vec<(u64, u64, String)>,
}

/// Reads where a thread is that waits in a call.
pub(super) fn site(thread: u32, ip: u64, symbols: &mut Symbols) -> Site {
    let proc = PathBuf::from(format!("/proc/{thread}"));
    let name = fs::read(proc.join("comm")).ok();
    let name = name.map(|name| String::from_utf8_lossy(&name).trim_end().to_string());
    let exe = fs::read_link(proc.join("exe")).ok();
    let mut site = Site {
        thread: name,
        exe: exe.map(|exe| exe.to_string_lossy().into_owned()),
        ..Site::default()
    };
    let maps = fs::read(proc.join("maps")).unwrap_or_default();
    let maps = String::from_utf8_lossy(&maps);
    let Some(mapping) = maps.lines().filter_map(mapping).find(|it| it.contains(ip)) else {
        return site;
    };
    site.module = Some(match mapping.name {
        "" => "anonymous memory".into(),
        name => name.to_string(),
    });
    let in_file = ip - mapping.start + mapping.offset;
    if mapping.name.starts_with('/') {
        let root = proc.join("root");
        let path = root.join(mapping.name.trim_start_matches('/'));
        if let Some(table) = symbols.of(Path::new(mapping.name), &path) {
            let address = table.address(in_file).unwrap_or(in_file);
            site.offset = Some(address);
            site.symbol = table.symbol(address);
            return site;
        }
    }
    site.offset = Some(in_file);
    site
}

impl Site {
    /// What follows the number of the thread.
    pub(super) fn words(&self, ip: u64) -> String {
        let mut words = String::new();
        if let Some(thread) = &self.thread {
            words.push_str(&format!(" ({thread})"));
        }
        if let Some(exe) = &self.exe {
            words.push_str(&format!(" of {exe}"));
        }
        match (&self.module, self.offset) {
            (Some(module), Some(offset)) => words.push_str(&format!(", at {module}+{offset:#x}")),
            _ => words.push_str(&format!(", at {ip:#x}")),
        }
        if let Some(symbol) = &self.symbol {
            words.push_str(&format!(" in {symbol}"));
        }
        crate::inspect::phrase::plain(&words)
    }
}

/// One line of `/proc/PID/maps`.
struct Mapping<'m> {
    start: u64,
    end: u64,
    offset: u64,
    name: &'m str,
}

impl Mapping<'_> {
    fn contains(&self, ip: u64) -> bool {
        (self.start..self.end).contains(&ip)
    }
}

/// Reads `7f00-7f10 r-xp 00001000 08:01 42    /usr/lib/a b.so`.
fn mapping(line: &str) -> Option<Mapping<'_>> {
    let mut fields = line.splitn(6, ' ');
    let (start, end) = fields.next()?.split_once('-')?;
    let _permissions = fields.next()?;
    let offset = fields.next()?;
    let _device = fields.next()?;
    let _inode = fields.next()?;
    let hex = |text| u64::from_str_radix(text, 16).ok();
    Some(Mapping {
        start: hex(start)?,
        end: hex(end)?,
        offset: hex(offset)?,
        name: fields.next().unwrap_or_default().trim_start(),
    })
}

impl Symbols {
    fn of(&mut self, name: &Path, path: &Path) -> Option<&Table> {
        let table = self.files.entry(name.to_path_buf());
        table.or_insert_with(|| table_of(path)).as_ref()
    }
}

/// Reads the tables of an ELF file.
fn table_of(path: &Path) -> Option<Table> {
    // Opening a FIFO would wait for a writer.
    fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
    let cache = ReadCache::new(File::open(path).ok()?);
    match object::FileKind::parse(&cache).ok()? {
        object::FileKind::Elf64 => Some(read(
            &ElfFile::<object::elf::FileHeader64<_>, _>::parse(&cache).ok()?,
        )),
        object::FileKind::Elf32 => Some(read(
            &ElfFile::<object::elf::FileHeader32<_>, _>::parse(&cache).ok()?,
        )),
        _ => None,
    }
}

fn read<'d, H, R>(file: &ElfFile<'d, H, R>) -> Table
where
    H: object::read::elf::FileHeader<Endian = object::Endianness>,
    R: ReadRef<'d>,
{
    let segments = file.segments().map(|segment| {
        let (offset, length) = segment.file_range();
        (offset, length, segment.address())
    });
    let symbols = file.symbols().chain(file.dynamic_symbols());
    let symbols = symbols
        .filter(|symbol| symbol.kind() == object::SymbolKind::Text && symbol.is_definition());
    let mut symbols: Vec<(u64, u64, String)> = symbols
        .filter_map(|symbol| {
            Some((
                symbol.address(),
                symbol.size(),
                symbol.name().ok()?.to_string(),
            ))
        })
        .collect();
    symbols.sort();
    Table {
        segments: segments.collect(),
        symbols,
    }
}

impl Table {
    /// The address of an offset in the file.
    fn address(&self, offset: u64) -> Option<u64> {
        let mut segments = self.segments.iter();
        segments.find_map(|(start, length, address)| {
            let within = offset
                .checked_sub(*start)
                .filter(|within| within < length)?;
            Some(address.wrapping_add(within))
        })
    }

    /// The symbol of the instruction before an address.
    fn symbol(&self, address: u64) -> Option<String> {
        let call = address.checked_sub(1)?;
        let behind = self.symbols.partition_point(|(start, ..)| *start <= call);
        let (start, size, name) = self.symbols[..behind].last()?;
        (call - start < *size).then(|| {
            let name = format!("{:#}", rustc_demangle::demangle(name));
            format!("{name}+{:#x}", address - start)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_mappings_can_have_spaces() {
        let read =
            mapping("7f00-7f10 r-xp 00001000 08:01 42       /usr/lib/a b.so (deleted)").unwrap();
        assert_eq!(
            (read.start, read.end, read.offset),
            (0x7f00, 0x7f10, 0x1000)
        );
        assert_eq!(read.name, "/usr/lib/a b.so (deleted)");
        assert_eq!(mapping("7f00-7f10 r-xp 0 00:00 0").unwrap().name, "");
        assert!(mapping("").is_none() && mapping("7f00 r-xp 0 00:00 0").is_none());
    }

    #[test]
    fn this_program_has_symbols() {
        let exe = std::env::current_exe().unwrap();
        let table = table_of(&exe).unwrap();
        let name = "names_of_mappings_can_have_spaces";
        let symbol = table
            .symbols
            .iter()
            .find(|(_, size, symbol)| *size > 4 && symbol.contains(name));
        let (address, ..) = symbol.unwrap();
        let found = table.symbol(address + 4).unwrap();
        assert!(found.contains(name) && found.ends_with("+0x4"), "{found}");
    }
}
