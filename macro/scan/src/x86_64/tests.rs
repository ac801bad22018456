//! What bytes become.

#[cfg(target_arch = "x86_64")]
mod executed;
#[cfg(target_arch = "x86_64")]
mod machine;
#[cfg(target_arch = "x86_64")]
mod native;
