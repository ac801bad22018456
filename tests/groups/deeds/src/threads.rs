//! Threads.

use std::collections::HashMap;
use std::sync::{Arc, Barrier, Condvar, Mutex, RwLock, mpsc};
use std::thread;
use std::time::Duration;

/// Runs a crash on a thread of its own.
pub fn crash(deed: fn()) {
    let thread = thread::Builder::new().name("victim".into());
    let ended = thread.spawn(deed).unwrap().join();
    assert!(ended.is_err());
    println!("joined");
}

/// With more threads that allocate, malloc of glibc counts the processors.
pub const FEW: usize = if cfg!(target_pointer_width = "32") {
    2
} else {
    6
};

pub fn many(count: usize) {
    let barrier = Arc::new(Barrier::new(count));
    let start = |at: usize| {
        let barrier = barrier.clone();
        thread::spawn(move || {
            barrier.wait();
            let block = vec![at as u8; 300_000];
            thread::yield_now();
            block.len() + at
        })
    };
    let threads: Vec<_> = (0..count).map(start).collect();
    let sum: usize = threads
        .into_iter()
        .map(|thread| thread.join().unwrap())
        .sum();
    assert_eq!(sum, count * 300_000 + count * (count - 1) / 2);
    // Their stacks are used again.
    thread::scope(|scope| {
        for _ in 0..FEW {
            scope.spawn(|| vec![0u8; 5_000_000]);
        }
    });
    // Nobody joins it.
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || sender.send(()));
    receiver.recv().unwrap();
    thread::yield_now();
}

pub fn named() {
    let thread = thread::Builder::new()
        .name("a name".into())
        .stack_size(9 << 20);
    let name = thread
        .spawn(|| thread::current().name().map(String::from))
        .unwrap();
    assert_eq!(name.join().unwrap().as_deref(), Some("a name"));
}

pub fn locks() {
    let shared = Arc::new((Mutex::new(0), Condvar::new(), RwLock::new(0)));
    let start = |_| {
        let shared = shared.clone();
        thread::spawn(move || {
            for _ in 0..300 {
                *shared.0.lock().unwrap() += 1;
                *shared.2.write().unwrap() += 1;
                let _ = *shared.2.read().unwrap();
                thread::yield_now();
            }
            shared.1.notify_all();
        })
    };
    let threads: Vec<_> = (0..FEW).map(start).collect();
    let mut count = shared.0.lock().unwrap();
    while *count < 300 * FEW {
        (count, _) = shared
            .1
            .wait_timeout(count, Duration::from_millis(5))
            .unwrap();
    }
    drop(count);
    for thread in threads {
        thread.join().unwrap();
    }
    posix_locks();
}

/// The C library's own, which Rust calls through C code.
fn posix_locks() {
    static mut MUTEX: libc::pthread_mutex_t = libc::PTHREAD_MUTEX_INITIALIZER;
    static mut CONDITION: libc::pthread_cond_t = libc::PTHREAD_COND_INITIALIZER;
    static mut WAITING: usize = 0;
    let waits = || {
        // SAFETY: the mutex guards the rest.
        thread::spawn(|| unsafe {
            libc::pthread_mutex_lock(&raw mut MUTEX);
            WAITING += 1;
            while WAITING < 100 {
                libc::pthread_cond_wait(&raw mut CONDITION, &raw mut MUTEX);
            }
            libc::pthread_mutex_unlock(&raw mut MUTEX);
        })
    };
    let threads: Vec<_> = (0..FEW).map(|_| waits()).collect();
    loop {
        // SAFETY: as above.
        unsafe {
            libc::pthread_mutex_lock(&raw mut MUTEX);
            let all = WAITING == FEW;
            if all {
                WAITING = 100;
                libc::pthread_cond_broadcast(&raw mut CONDITION);
            }
            libc::pthread_mutex_unlock(&raw mut MUTEX);
            if all {
                break;
            }
        }
        thread::yield_now();
    }
    for thread in threads {
        thread.join().unwrap();
    }
}

pub fn hash() {
    let threads: Vec<_> = (0..FEW)
        .map(|at| thread::spawn(move || HashMap::from([(at, at)]).len()))
        .collect();
    for thread in threads {
        assert_eq!(thread.join().unwrap(), 1);
    }
}
