//! `.eh_frame` → where functions start and end.

use gimli::{
    BaseAddresses, CieOrFde, EhFrame, EhFrameHdr, LittleEndian, Pointer, UnwindSection as _,
};

use crate::image::Image;

/// A function that can be unwound.
pub(crate) struct Unwound {
    pub(crate) start: u64,
    pub(crate) end: u64,
    /// Exceptions are caught in it, or it cleans up for them: there is code that only the unwinder
    /// jumps to.
    pub(crate) has_landing_pads: bool,
}

/// Returns the functions that can be unwound. The table is at an address, or where its header says.
pub(crate) fn functions(image: &Image, table: Option<u64>) -> Vec<Unwound> {
    let mut found = Vec::new();
    let Some(address) = table.or_else(|| header(image)) else {
        return found;
    };
    let frames = EhFrame::new(image.bytes(address), LittleEndian);
    let bases = BaseAddresses::default().set_eh_frame(address);
    let mut entries = frames.entries(&bases);
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
            let has_landing_pads = entry.lsda().is_some();
            found.push(Unwound {
                start,
                end,
                has_landing_pads,
            });
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
