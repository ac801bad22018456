//! Decodes x86_64.

use crate::insn::Insn;

/// Decodes the instruction at an address; `false` if there is none.
pub(crate) fn lift(_address: u64, _bytes: &[u8], _insn: &mut Insn) -> bool {
    false
}
