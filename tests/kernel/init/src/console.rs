//! The end of a machine.

/// Switches the machine off, when the console has said everything.
pub(crate) fn power_off() {
    // SAFETY: plain system calls. The first waits until the output is sent, which a machine that
    // goes off at once would lose (tcdrain(3)); nothing of the second returns.
    unsafe {
        libc::tcdrain(1);
        libc::reboot(libc::RB_POWER_OFF);
    }
}
