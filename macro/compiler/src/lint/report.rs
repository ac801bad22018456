//! Findings of lints → warnings and errors, by what the invocation allows and denies.

use crate::error::{Error, Errors, Kind};
use crate::options::Options;
use crate::sorted;

/// How many warnings are kept; the others are counted.
const KEPT: usize = 100;

/// Warnings, and how many there are besides.
#[derive(Debug, Default)]
pub(crate) struct Warnings {
    pub(crate) list: Vec<Error>,
    pub(crate) hidden: usize,
}

/// The findings so far.
pub(super) struct Report<'a> {
    options: &'a Options,
    warnings: Warnings,
    errors: Errors,
}

impl<'a> Report<'a> {
    pub(super) fn new(options: &'a Options) -> Report<'a> {
        Report {
            options,
            warnings: Warnings::default(),
            errors: Errors::default(),
        }
    }

    /// Returns whether a lint is switched off, so that it need not look.
    pub(super) fn is_off(&self, kind: Kind) -> bool {
        self.options.allow.contains(&kind) && !self.options.deny.contains(&kind)
    }

    /// Adds a finding. A lint that is denied is an error, whatever else was found.
    pub(super) fn push(&mut self, found: Error) {
        if self.options.deny.contains(&found.kind) {
            if !self.errors.list.contains(&found) {
                self.errors.push(found);
            }
        } else if !self.is_off(found.kind) {
            let name = found.kind.name().replace('-', "_");
            let found = found.note(format!(
                "if this is intended, add `allow({name})` to the invocation"
            ));
            if self.warnings.list.len() >= KEPT {
                self.warnings.hidden += 1;
            } else if !self.warnings.list.contains(&found) {
                self.warnings.list.push(found);
            }
        }
    }

    /// Returns the warnings in the order of the text.
    ///
    /// # Errors
    /// The findings of lints that are denied.
    pub(super) fn finish(mut self) -> Result<Warnings, Errors> {
        sorted::sort_by_key(&mut self.warnings.list, |warning| warning.span);
        if self.errors.list.is_empty() {
            return Ok(self.warnings);
        }
        // Two findings can have the same place and label, so none is taken for a repetition.
        sorted::sort_by_key(&mut self.errors.list, |error| error.span);
        Err(self.errors)
    }
}
