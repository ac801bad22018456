//! Threads that talk to each other over TCP, and wait for locks and conditions.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Barrier, Condvar, Mutex, mpsc};
use std::thread;
use std::time::Duration;

fn main() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = thread::spawn(move || {
        for _ in 0..3 {
            let (mut stream, _) = listener.accept().unwrap();
            thread::spawn(move || echo(&mut stream)).join().unwrap();
        }
    });
    let clients: Vec<_> = (0..3)
        .map(|_| thread::spawn(move || ask(address)))
        .collect();
    for client in clients {
        assert_eq!(client.join().unwrap(), "hello");
    }
    server.join().unwrap();
    wait();
}

fn echo(stream: &mut TcpStream) {
    stream.set_nodelay(true).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(5)))
        .unwrap();
    let mut text = Vec::new();
    stream.read_to_end(&mut text).unwrap();
    stream.write_all(&text).unwrap();
}

fn ask(address: std::net::SocketAddr) -> String {
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(5)).unwrap();
    stream.write_all(b"hello").unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

fn wait() {
    let shared = Arc::new((Mutex::new(0), Condvar::new(), Barrier::new(4)));
    let (sender, receiver) = mpsc::channel();
    let threads: Vec<_> = (0..4)
        .map(|number| {
            let (shared, sender) = (shared.clone(), sender.clone());
            thread::Builder::new()
                .name(format!("worker {number}"))
                .spawn(move || {
                    shared.2.wait();
                    for _ in 0..1000 {
                        *shared.0.lock().unwrap() += 1;
                    }
                    shared.1.notify_all();
                    sender.send(number).unwrap();
                })
                .unwrap()
        })
        .collect();
    let mut count = shared.0.lock().unwrap();
    while *count < 4000 {
        count = shared.1.wait(count).unwrap();
    }
    drop(count);
    for thread in threads {
        thread.join().unwrap();
    }
    assert_eq!(receiver.try_iter().count(), 4);
    thread::park_timeout(Duration::from_millis(5));
    thread::available_parallelism().unwrap();
}
