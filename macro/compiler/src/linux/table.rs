//! Names → their places in sorted tables.

/// Returns the first eight bytes of a name, as a number with the same order.
///
/// Unoptimised, comparing two strings costs hundreds of instructions.
pub(super) fn key(name: &str) -> u64 {
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
