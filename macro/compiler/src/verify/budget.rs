//! What a proof may cost; counted and not timed, so that it ends the same way everywhere.

use std::cell::Cell;

use super::mismatch::Mismatch;

/// Slices that may be looked at. The programs of real profiles need some ten thousand.
const STEPS: usize = 1 << 22;

/// Slices that may wait at a time, of 20 bytes each.
const SPACE: usize = 1 << 20;

/// What is left to spend.
pub(super) struct Budget {
    steps: Cell<usize>,
    space: Cell<usize>,
}

impl Budget {
    /// The budget of one proof.
    pub(super) const fn new() -> Budget {
        Budget {
            steps: Cell::new(STEPS),
            space: Cell::new(SPACE),
        }
    }

    /// Spends steps, for good.
    pub(super) fn spend(&self, steps: usize) -> Result<(), Mismatch> {
        take(&self.steps, steps)
    }

    /// Takes space.
    pub(super) fn keep(&self, values: usize) -> Result<(), Mismatch> {
        take(&self.space, values)
    }

    /// Gives space back.
    pub(super) fn free(&self, values: usize) {
        self.space.set(self.space.get() + values);
    }
}

fn take(from: &Cell<usize>, count: usize) -> Result<(), Mismatch> {
    from.set(from.get().checked_sub(count).ok_or(Mismatch::TooComplex)?);
    Ok(())
}
