//! `.eh_frame` and `.gcc_except_table` → where functions start and end, and where the unwinder enters
//! them.

use gimli::{
    BaseAddresses, CieOrFde, DwEhPe, EhFrame, EhFrameHdr, EndianSlice, LittleEndian, Pointer,
    Reader, UnwindSection as _, constants,
};

use crate::image::{Frame, Image, Landing, Pad, Personality};

/// Returns what can be unwound, by where it starts. The table is at an address, or where its header says.
pub(crate) fn frames(image: &Image, table: Option<u64>) -> Vec<(u64, Frame)> {
    let mut found = Vec::new();
    let Some(address) = table.or_else(|| header(image)) else {
        return found;
    };
    let frames = EhFrame::new(image.bytes(address), LittleEndian);
    let bases = BaseAddresses::default().set_eh_frame(address);
    let mut entries = frames.entries(&bases);
    // All tables together are in the file, unless hostile entries share one.
    let mut rest = image.bytes.len();
    // What cannot be read ends the table: functions are then found by calls alone.
    while let Ok(Some(entry)) = entries.next() {
        let CieOrFde::Fde(partial) = entry else {
            continue;
        };
        let Ok(entry) = partial.parse(EhFrame::cie_from_offset) else {
            continue;
        };
        let (start, length) = (entry.initial_address(), entry.len());
        if let Some(end) = start.checked_add(length).filter(|_| length > 0) {
            let landing = match entry.lsda() {
                None => Landing::Pads(Vec::new()),
                Some(Pointer::Direct(table)) => match pads(image, start, table) {
                    Some(pads) if pads.len() <= rest => {
                        rest -= pads.len();
                        Landing::Pads(pads)
                    }
                    _ => Landing::Unknown,
                },
                Some(Pointer::Indirect(_)) => Landing::Unknown,
            };
            let personality = entry.personality().map(|pointer| match pointer {
                Pointer::Direct(address) => Personality::Function(address),
                Pointer::Indirect(slot) => Personality::Slot(slot),
            });
            let frame = Frame {
                end,
                landing,
                personality,
            };
            found.push((start, frame));
        }
    }
    found
}

/// Returns where the header of the table says that it is.
fn header(image: &Image) -> Option<u64> {
    let address = image.unwind_header?;
    let header = EhFrameHdr::new(image.bytes(address), LittleEndian);
    let bases = BaseAddresses::default().set_eh_frame_hdr(address);
    match header.parse(&bases, 8).ok()?.eh_frame_ptr() {
        Pointer::Direct(address) => Some(address),
        Pointer::Indirect(_) => None,
    }
}

/// Reads the table of a function: exception handling supplement of the Itanium C++ ABI, *The LSDA*, in
/// the form that GCC and LLVM write, `libgcc/unwind-pe.h` and `libsupc++/eh_personality.cc`.
fn pads(image: &Image, function: u64, table: u64) -> Option<Vec<Pad>> {
    let mut bytes = EndianSlice::new(image.bytes(table), LittleEndian);
    if DwEhPe(bytes.read_u8().ok()?) != constants::DW_EH_PE_omit {
        // Pads that do not count from the start of the function, as LLVM writes for one in several
        // sections. The scan says that it does not know them.
        return None;
    }
    if DwEhPe(bytes.read_u8().ok()?) != constants::DW_EH_PE_omit {
        // Where the types are.
        bytes.read_uleb128().ok()?;
    }
    let encoding = DwEhPe(bytes.read_u8().ok()?);
    let length = bytes.read_uleb128().ok()?;
    let mut sites = bytes.split(usize::try_from(length).ok()?).ok()?;
    let (mut found, mut last) = (Vec::new(), 0);
    while !sites.is_empty() {
        let start = function.wrapping_add(value(&mut sites, encoding)?);
        let end = start.wrapping_add(value(&mut sites, encoding)?);
        let at = value(&mut sites, encoding)?;
        // What it does there.
        sites.read_uleb128().ok()?;
        if start < last || end < start {
            return None;
        }
        last = end;
        if at != 0 {
            let at = function.wrapping_add(at);
            found.push(Pad { start, end, at });
        }
    }
    Some(found)
}

/// Reads a number in the format that an encoding says.
fn value(bytes: &mut EndianSlice<LittleEndian>, encoding: DwEhPe) -> Option<u64> {
    if encoding.application() != constants::DW_EH_PE_absptr || encoding.is_indirect() {
        return None;
    }
    let value = match encoding.format() {
        constants::DW_EH_PE_uleb128 => bytes.read_uleb128(),
        constants::DW_EH_PE_udata2 => bytes.read_u16().map(u64::from),
        constants::DW_EH_PE_udata4 => bytes.read_u32().map(u64::from),
        constants::DW_EH_PE_udata8 | constants::DW_EH_PE_absptr => bytes.read_u64(),
        _ => return None,
    };
    value.ok()
}
