//! No code: the package is for the test.
