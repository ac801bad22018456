//! Values and the bits of a mask.

/// Returns the bits that are not the same in all values from `low` to `high`.
pub(super) fn varying(low: u32, high: u32) -> u32 {
    let differ = low ^ high;
    if differ == 0 {
        0
    } else {
        u32::MAX >> differ.leading_zeros()
    }
}

/// Returns the bits that are set in some value from `low` to `high`.
pub(super) fn any_bit(low: u32, high: u32) -> u32 {
    high | varying(low, high)
}

/// Returns the smallest x >= `from` with x & mask == 0.
pub(super) fn next_without(from: u32, mask: u32) -> Option<u32> {
    let wrong = from & mask;
    if wrong == 0 {
        return Some(from);
    }
    // Only a carry into a higher bit can clear the highest wrong bit. That bit must be 0 and
    // outside the mask.
    let highest = 31 - wrong.leading_zeros();
    let free = !from & !mask & (u32::MAX << highest);
    if free == 0 {
        return None;
    }
    let bit = free.trailing_zeros();
    Some(from & !((1 << bit) - 1) | 1 << bit)
}

/// Returns the smallest value >= `from` on a side of a mask.
pub(super) fn first_from(from: u32, mask: u32, set: bool) -> Option<u32> {
    if !set {
        return next_without(from, mask);
    }
    if from & mask != 0 {
        return Some(from);
    }
    // The next value with the lowest bit of the mask: all bits of the mask are 0 here.
    let below = (mask & mask.wrapping_neg()) - 1;
    (from | below).checked_add(1)
}

/// Returns the largest value <= `to` on a side of a mask.
pub(super) fn last_to(to: u32, mask: u32, set: bool) -> Option<u32> {
    let wrong = to & mask;
    if set {
        if wrong != 0 {
            return Some(to);
        }
        // The last value before these with the lowest bit of the mask: all its bits are 0 here.
        let lowest = mask & mask.wrapping_neg();
        return (to & !(lowest - 1)).checked_sub(1);
    }
    if wrong == 0 {
        return Some(to);
    }
    // Without its highest wrong bit, any lower bits are possible.
    let highest = 1 << (31 - wrong.leading_zeros());
    Some(to & !(highest | (highest - 1)) | (highest - 1) & !mask)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bit_formulas_equal_a_search() {
        for low in 0..64u32 {
            for high in low..64 {
                assert_eq!(any_bit(low, high), (low..=high).fold(0, |bits, x| bits | x));
            }
            for mask in 0..64 {
                let found = (low..256).find(|x| x & mask == 0);
                assert_eq!(next_without(low, mask), found, "{low} {mask}");
            }
        }
        assert_eq!(next_without(u32::MAX, 1), None);
    }

    #[test]
    fn ends_of_a_side_equal_a_search() {
        for mask in 1..64_u32 {
            for set in [false, true] {
                let is_there = |value: &u32| (value & mask != 0) == set;
                for value in 0..200 {
                    let next = (value..400).find(is_there);
                    assert_eq!(first_from(value, mask, set), next, "{value} {mask} {set}");
                    let previous = (0..=value).rev().find(is_there);
                    assert_eq!(last_to(value, mask, set), previous, "{value} {mask} {set}");
                }
            }
        }
        assert_eq!(first_from(u32::MAX - 1, 1, true), Some(u32::MAX));
        assert_eq!(first_from(u32::MAX, 1, false), None);
        assert_eq!(last_to(u32::MAX, 3, false), Some(u32::MAX - 3));
    }
}
