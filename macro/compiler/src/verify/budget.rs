//! The limits of a proof: how many sets of values it may examine, and how many may wait.
//!
//! The limits are counts and not times, so that a proof ends in the same way on every machine.

use std::cell::Cell;

use super::mismatch::Mismatch;

/// The most sets of values that may be examined. The programs of real profiles need about ten
/// thousand.
const STEPS: usize = 1 << 22;

/// The most sets of values that may wait at the same time. Each needs 20 bytes.
const SPACE: usize = 1 << 20;

/// The steps and the space that are left.
pub(super) struct Budget {
    steps: Cell<usize>,
    space: Cell<usize>,
}

impl Budget {
    /// Returns the budget of one proof.
    pub(super) const fn new() -> Budget {
        Budget {
            steps: Cell::new(STEPS),
            space: Cell::new(SPACE),
        }
    }

    /// Spends steps.
    pub(super) fn spend(&self, steps: usize) -> Result<(), Mismatch> {
        take(&self.steps, steps)
    }

    /// Reserves space for some sets of values.
    pub(super) fn reserve(&self, sets: usize) -> Result<(), Mismatch> {
        take(&self.space, sets)
    }

    /// Releases space that was reserved.
    pub(super) fn release(&self, sets: usize) {
        self.space.set(self.space.get() + sets);
    }
}

fn take(from: &Cell<usize>, count: usize) -> Result<(), Mismatch> {
    from.set(from.get().checked_sub(count).ok_or(Mismatch::TooComplex)?);
    Ok(())
}
