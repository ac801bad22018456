//! `rings.csv` → the system calls that an io_uring makes for a program, unseen by its filter.
//!
//! One line an opcode of `enum io_uring_op` (`include/uapi/linux/io_uring.h`), in the order of
//! their numbers: the calls that the same function of the kernel serves (`io_uring/opdef.c`), and
//! the version of Linux that first had the opcode. An opcode without calls only rules the ring
//! itself. `IORING_OP_URING_CMD` is what `ioctl` is to a driver; on sockets it also does what
//! `io_uring/cmd_net.c` lists. `check-constants` prints the opcodes of a newer kernel.

const TEXT: &str = include_str!("rings.csv");

/// A way in which a ring makes a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation {
    /// The name of the opcode: `IORING_OP_OPENAT`.
    pub opcode: &'static str,
    /// The version of Linux that first had it: `5.6`.
    pub since: &'static str,
    calls: &'static str,
}

impl Operation {
    /// Returns the calls that it stands for, sorted.
    pub fn calls(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.calls.split_ascii_whitespace()
    }
}

/// Returns every opcode in the order of their numbers.
pub fn operations() -> impl Iterator<Item = Operation> {
    TEXT.lines().skip(1).filter_map(|line| {
        let (opcode, rest) = line.split_once(',')?;
        let (calls, since) = rest.split_once(',')?;
        Some(Operation {
            opcode,
            since,
            calls,
        })
    })
}

/// Returns the oldest opcode that makes a call.
pub fn operation(call: &str) -> Option<Operation> {
    operations().find(|operation| operation.calls().any(|made| made == call))
}
