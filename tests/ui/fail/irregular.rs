use seccomp_profile::{Filter, seccomp_profile};

static FIFO: Filter = seccomp_profile!("made/fifo");
static DEVICE: Filter = seccomp_profile!("/dev/zero");
static FOLDER: Filter = seccomp_profile!("profiles");
static WEIGHTS: Filter = seccomp_profile!("profiles/allow.json", weights = "made/fifo");

fn main() {}
