//! Makes system calls without a C library: rustix has instructions of its own for them.

use rustix::fs::{Mode, OFlags};
use std::error::Error;
use std::time::Duration;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = rustix::fs::open("/proc/self", OFlags::DIRECTORY, Mode::empty())?;
    let file = rustix::fs::openat(&folder, "status", OFlags::RDONLY, Mode::empty())?;
    let mut text = [0; 64];
    println!("{} bytes", rustix::io::read(&file, &mut text)?);
    println!("mode {:o}", rustix::fs::fstat(&file)?.st_mode);
    let names = rustix::fs::Dir::read_from(&folder)?.count();
    println!("{names} names");

    let (reader, writer) = rustix::pipe::pipe()?;
    rustix::io::write(&writer, b"hello")?;
    let mut polled = [rustix::event::PollFd::new(
        &reader,
        rustix::event::PollFlags::IN,
    )];
    rustix::event::poll(&mut polled, None)?;
    let events = rustix::event::eventfd(1, rustix::event::EventfdFlags::CLOEXEC)?;
    rustix::io::read(&events, &mut [0; 8])?;

    let (one, two) = rustix::net::socketpair(
        rustix::net::AddressFamily::UNIX,
        rustix::net::SocketType::STREAM,
        rustix::net::SocketFlags::CLOEXEC,
        None,
    )?;
    rustix::net::send(&one, b"hello", rustix::net::SendFlags::NOSIGNAL)?;
    rustix::net::recv(&two, &mut [0; 8], rustix::net::RecvFlags::empty())?;

    println!("process {:?}", rustix::process::getpid());
    println!("thread {:?}", rustix::thread::gettid());
    println!(
        "{:?}",
        rustix::process::getrlimit(rustix::process::Resource::Nofile)
            .current
            .is_some()
    );
    rustix::thread::sched_yield();
    let nap = Duration::from_millis(1).try_into()?;
    let _ = rustix::thread::nanosleep(&nap);
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    println!("{}", now.tv_sec > 0);
    // SAFETY: nothing else uses the memory, and it is gone afterwards.
    unsafe {
        let place = rustix::mm::mmap_anonymous(
            std::ptr::null_mut(),
            4096,
            rustix::mm::ProtFlags::READ,
            rustix::mm::MapFlags::PRIVATE,
        )?;
        rustix::mm::munmap(place, 4096)?;
    }
    Ok(())
}
