//! The address space of one module: what lies at which address, where functions are, and what its
//! relocations make of it when it is loaded.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::arch::Arch;

/// What a null pointer with an offset leads to.
const FIRST_PAGE: u64 = 4096;

/// The address space of one module.
pub(crate) struct Image {
    pub(crate) arch: Arch,
    pub(crate) path: String,
    pub(crate) bytes: Vec<u8>,
    pub(crate) segments: Vec<Segment>,
    /// Sorted ranges that hold instructions.
    pub(crate) code: Vec<(u64, u64)>,
    /// Sorted ranges that are read-only once the program runs.
    pub(crate) fixed: Vec<(u64, u64)>,
    /// Whether addresses in the file are those at run time: then a number can be an address.
    pub(crate) absolute: bool,
    /// The start of each function that the file names or unwinds → where it ends, if that is known.
    pub(crate) functions: BTreeMap<u64, Option<u64>>,
    /// What the unwinder is told, by where it starts.
    pub(crate) frames: BTreeMap<u64, Frame>,
    pub(crate) names: BTreeMap<u64, String>,
    /// Starts of sections, and of each entry of those that the linker makes of single pointers.
    pub(crate) parts: BTreeSet<u64>,
    /// Sections of which code can have the start and the end, by symbols that the linker makes.
    pub(crate) sets: Vec<(u64, u64)>,
    /// What each thread gets a copy of.
    pub(crate) thread: Option<(u64, u64)>,
    /// The start of each named object in data → its size.
    pub(crate) objects: BTreeMap<u64, u64>,
    /// Where objects begin, as far as symbols and code tell: found when it is needed.
    pub(crate) starts: OnceCell<BTreeSet<u64>>,
    /// What a word in memory points to once the module is loaded.
    pub(crate) pointers: BTreeMap<u64, Pointer>,
    /// Words of 4 bytes that are the address of a function.
    pub(crate) narrow: BTreeMap<u64, u64>,
    /// Words of tables that only the loader writes: of addresses of symbols, and of calls by them.
    pub(crate) linked: BTreeSet<u64>,
    /// The symbols that relocations and libraries look up: every version of each name.
    pub(crate) exports: BTreeMap<String, BTreeSet<u64>>,
    /// The version that each dynamic symbol has or wants, if it has one.
    pub(crate) versions: Vec<Option<String>>,
    /// Symbols that it uses if another module has them.
    pub(crate) weak: BTreeSet<String>,
    /// `_GLOBAL_OFFSET_TABLE_`.
    pub(crate) offset_table: Option<u64>,
    pub(crate) has_writable_code: bool,
    /// The loader changes its code.
    pub(crate) has_text_relocations: bool,
    /// Libraries that the loader puts in the place of this one, or lets watch the program.
    pub(crate) filters: Vec<String>,
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

/// What is loaded together.
#[derive(Clone, Copy)]
pub(crate) struct Segment {
    pub(crate) address: u64,
    pub(crate) size: u64,
    pub(crate) offset: u64,
    pub(crate) in_file: u64,
    pub(crate) executable: bool,
    pub(crate) writable: bool,
}

/// A part of the code that can be unwound: most often a function.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    pub(crate) end: u64,
    pub(crate) landing: Landing,
    /// The function that the unwinder calls for it, or where its address is.
    pub(crate) personality: Option<Personality>,
}

/// Who handles exceptions in it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Personality {
    Function(u64),
    Slot(u64),
}

/// Where the unwinder enters it.
#[derive(Clone, Debug)]
pub(crate) enum Landing {
    /// There, in order of the instructions from where.
    Pads(Vec<Pad>),
    /// The table cannot be read.
    Unknown,
}

/// Code that only the unwinder jumps to: it catches an exception, or cleans up.
#[derive(Clone, Debug)]
pub(crate) struct Pad {
    /// The instructions in which the exception is raised: from here to the end.
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) at: u64,
}

/// What a word in memory points to.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Pointer {
    /// An address of the same module.
    Own(u64),
    /// What a function of the module returns when the loader calls it.
    Resolved(u64),
    /// A symbol that the loader looks up in all modules, and what is added.
    Symbol(String, i64),
    /// Here starts what the loader copies from the data of a symbol of another module.
    Copied(String),
}

impl Image {
    /// Returns how many bytes of instructions there are.
    pub(crate) fn size(&self) -> u64 {
        let sizes = self.code.iter().map(|(start, end)| end - start);
        // What a hostile file claims can be more than a number holds.
        let claimed = sizes.fold(0, u64::saturating_add);
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

    /// Returns the first address from one on that the file has bytes of.
    pub(crate) fn next_bytes(&self, address: u64) -> Option<u64> {
        let starts = self.segments.iter().filter(|segment| {
            segment.in_file > 0 && segment.address.saturating_add(segment.in_file) > address
        });
        starts.map(|segment| segment.address.max(address)).min()
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

    /// Returns where there is such a text in data, with a zero behind it.
    pub(crate) fn places(&self, text: &str) -> Vec<u64> {
        let mut wanted = text.as_bytes().to_vec();
        wanted.push(0);
        let mut found = Vec::new();
        for (start, end) in self.data() {
            let bytes = self.bytes(start);
            let bytes = &bytes[..bytes.len().min((end - start) as usize)];
            let places = memchr::memmem::find_iter(bytes, &wanted);
            found.extend(places.map(|place| start + place as u64));
        }
        found
    }

    /// Returns whether an address is in memory.
    pub(crate) fn is_mapped(&self, address: u64) -> bool {
        let inside = |s: &Segment| address >= s.address && address - s.address < s.size;
        self.segments.iter().any(inside)
    }

    /// Returns whether an address is a null pointer that has an offset: nothing can be read there.
    /// Wherever a module is loaded, what is near zero in the file is not.
    pub(crate) fn is_null(&self, address: u64) -> bool {
        address < FIRST_PAGE && !(self.absolute && self.is_mapped(address))
    }

    /// Returns a range that has all instructions.
    pub(crate) fn code_range(&self) -> Range<u64> {
        let start = self.code.first().map_or(0, |(start, _)| *start);
        start..self.code.iter().map(|(_, end)| *end).max().unwrap_or(0)
    }

    /// Returns whether there are instructions.
    pub(crate) fn is_code(&self, address: u64) -> bool {
        let after = self.code.partition_point(|(start, _)| *start <= address);
        // Sections of zero size aside, ranges do not overlap.
        after > 0 && address < self.code[after - 1].1
    }

    /// Returns whether the program does not write memory: it cannot, or only the loader does.
    pub(crate) fn is_fixed(&self, address: u64) -> bool {
        let is_inside = |(start, end): &(u64, u64)| address >= *start && address < *end;
        self.fixed.iter().any(is_inside) || self.linked.contains(&address)
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

    /// Returns what the unwinder is told of the code at an address.
    pub(crate) fn frame(&self, address: u64) -> Option<&Frame> {
        let (_, frame) = self.frames.range(..=address).next_back()?;
        (address < frame.end).then_some(frame)
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
