//! CSV → cells, while this crate is compiled.
//!
//! Procedural macros run unoptimised, where reading a table would take longer than compiling a
//! profile. So the tables that every expansion needs are read by the compiler of this crate, and
//! are static data then. A table that is not well-formed does not compile.

/// Returns how many lines a text has.
pub(super) const fn count_lines(text: &str) -> usize {
    let bytes = text.as_bytes();
    let (mut count, mut at) = (0, 0);
    while at < bytes.len() {
        if bytes[at] == b'\n' {
            count += 1;
        }
        at += 1;
    }
    count
}

/// Returns the text up to a byte, and what follows the byte.
pub(super) const fn cell(text: &[u8], end: u8) -> (&str, &[u8]) {
    let mut at = 0;
    while at < text.len() && text[at] != end {
        at += 1;
    }
    assert!(at < text.len(), "a cell of the table has no end");
    let (cell, rest) = text.split_at(at);
    let (_, rest) = rest.split_at(1);
    match core::str::from_utf8(cell) {
        Ok(cell) => (cell, rest),
        Err(_) => panic!("the table is not UTF-8"),
    }
}

/// Returns the number that a cell holds in decimal; `None` if it is empty.
pub(super) const fn number(cell: &str) -> Option<u32> {
    let digits = cell.as_bytes();
    if digits.is_empty() {
        return None;
    }
    let (mut number, mut at) = (0, 0);
    while at < digits.len() {
        assert!(
            digits[at].is_ascii_digit(),
            "a cell of the table is no number"
        );
        number = number * 10 + (digits[at] - b'0') as u32;
        at += 1;
    }
    Some(number)
}

/// Returns whether two cells are equal.
pub(super) const fn is_same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut at = 0;
    while at < one.len() && at < other.len() && one[at] == other[at] {
        at += 1;
    }
    at == one.len() && at == other.len()
}

/// Returns whether a cell is before another in the order of bytes.
pub(super) const fn is_before(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut at = 0;
    while at < one.len() && at < other.len() && one[at] == other[at] {
        at += 1;
    }
    at < other.len() && (at == one.len() || one[at] < other[at])
}

/// Returns the first eight bytes of a name, as a number with the same order.
///
/// Unoptimised, comparing two strings costs hundreds of instructions.
pub(super) const fn key(name: &str) -> u64 {
    let name = name.as_bytes();
    let (mut key, mut at) = (0, 0);
    while at < 8 {
        key <<= 8;
        if at < name.len() {
            key |= name[at] as u64;
        }
        at += 1;
    }
    key
}

/// Returns the first place with this key or a higher one, in a list that is sorted by keys.
pub(super) fn first<T>(list: &[T], key: u64, key_of: impl Fn(&T) -> u64) -> usize {
    let (mut low, mut high) = (0, list.len());
    while low < high {
        let middle = (low + high) / 2;
        if key_of(&list[middle]) < key {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}
