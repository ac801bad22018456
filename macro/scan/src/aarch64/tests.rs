//! What words become.

mod executed;
