//! What a proof may cost, counted and not timed, so that it ends the same way everywhere.

use super::Mismatch;

/// Slices that may be looked at. The programs of real profiles need some thousand.
const STEPS: usize = 1 << 22;

/// Slices that may wait at a time, of 20 bytes each.
const SPACE: usize = 1 << 20;

/// What is left to spend.
pub(super) struct Budget {
    steps: usize,
    space: usize,
}

impl Budget {
    /// The budget of one proof.
    pub(super) const fn new() -> Budget {
        Budget {
            steps: STEPS,
            space: SPACE,
        }
    }

    /// Spends steps for good.
    pub(super) fn spend(&mut self, steps: usize) -> Result<(), Mismatch> {
        self.steps = self.steps.checked_sub(steps).ok_or(Mismatch::TooComplex)?;
        Ok(())
    }

    /// Takes space.
    pub(super) fn keep(&mut self, slices: usize) -> Result<(), Mismatch> {
        self.space = self.space.checked_sub(slices).ok_or(Mismatch::TooComplex)?;
        Ok(())
    }

    /// Gives space back.
    pub(super) fn free(&mut self, slices: usize) {
        self.space += slices;
    }
}
