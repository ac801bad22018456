//! Many calls, and none of them lost: each has its own answer.

use std::time::{Duration, Instant};

use seccomp_profile::{Listener, Response};

use crate::{ask, held};

const MORE: u64 = 1_000_000_000;

/// Asks until the time is over, and returns how many answers there were.
fn keep_asking(time: Duration) -> u64 {
    let end = Instant::now() + time;
    let mut asked = 0;
    while Instant::now() < end {
        let question = asked & 0xffff;
        assert_eq!(ask(question), Ok((question + MORE) as libc::c_long));
        asked += 1;
    }
    asked
}

/// Answers until nobody is left to ask, and returns how many questions there were.
fn keep_answering(listener: &Listener) -> u64 {
    let mut answered = 0;
    while let Some(notification) = listener.receive().unwrap() {
        let question = notification.syscall().args[0];
        notification
            .respond(Response::Value((question + MORE) as i64))
            .unwrap();
        answered += 1;
    }
    answered
}

fn none_is_lost(time: Duration) {
    let (listener, caller) = held(move || keep_asking(time));
    let answered = keep_answering(&listener);
    assert!(answered > 0);
    assert_eq!(answered, caller.join().unwrap());
    println!("{} a second for {time:?}", answered / time.as_secs());
}

#[test]
fn none_is_lost_in_two_seconds() {
    none_is_lost(Duration::from_secs(2));
}

#[test]
#[ignore = "takes ten seconds"]
fn none_is_lost_in_ten_seconds() {
    none_is_lost(Duration::from_secs(10));
}

/// Two supervisors share the calls of four callers, and both learn of the end.
#[test]
fn two_supervisors_share_a_listener() {
    let (listener, callers) = held(|| {
        let ask = || keep_asking(Duration::from_secs(1));
        let callers = [(); 4].map(|()| std::thread::spawn(ask));
        callers
            .map(|caller| caller.join().unwrap())
            .iter()
            .sum::<u64>()
    });
    let answered = std::thread::scope(|scope| {
        let supervisors = [(); 2].map(|()| scope.spawn(|| keep_answering(&listener)));
        supervisors.map(|supervisor| supervisor.join().unwrap())
    });
    assert_eq!(answered.iter().sum::<u64>(), callers.join().unwrap());
    println!("{answered:?}");
}
