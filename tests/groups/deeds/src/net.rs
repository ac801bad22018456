//! Sockets and tokio.

use std::fs::File;
use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream, ToSocketAddrs, UdpSocket};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(2);

/// Makes both ends of a connection.
fn connect(address: &str) -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind(address).unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    (client, listener.accept().unwrap().0)
}

pub fn tcp(address: &str) {
    let listener = TcpListener::bind(address).unwrap();
    let address = listener.local_addr().unwrap();
    let mut client = TcpStream::connect_timeout(&address, LIMIT).unwrap();
    let (mut server, peer) = listener.accept().unwrap();
    assert_eq!(peer, client.local_addr().unwrap());
    assert_eq!(client.peer_addr().unwrap(), address);
    client.write_all(b"question").unwrap();
    let mut bytes = [0; 8];
    server.peek(&mut bytes).unwrap();
    server.read_exact(&mut bytes).unwrap();
    server
        .write_vectored(&[IoSlice::new(b"ans"), IoSlice::new(b"wer")])
        .unwrap();
    let (mut a, mut b) = ([0; 2], [0; 4]);
    client
        .read_vectored(&mut [IoSliceMut::new(&mut a), IoSliceMut::new(&mut b)])
        .unwrap();
    let duplicate = client.try_clone().unwrap();
    duplicate.set_nonblocking(true).unwrap();
    assert!(client.read(&mut bytes).is_err());
    duplicate.shutdown(Shutdown::Both).unwrap();
    assert_eq!(server.read(&mut bytes).unwrap(), 0);
}

pub fn tcp_options() {
    let (client, _server) = connect("127.0.0.1:0");
    client.set_nodelay(true).unwrap();
    assert!(client.nodelay().unwrap());
    for option in [libc::TCP_USER_TIMEOUT, libc::TCP_NOTSENT_LOWAT] {
        set(&client, libc::IPPROTO_TCP, option);
    }
    client.set_ttl(9).unwrap();
    client.set_read_timeout(Some(LIMIT)).unwrap();
    client.set_write_timeout(Some(LIMIT)).unwrap();
    assert!(client.take_error().unwrap().is_none());
    let (client6, _server) = connect("[::1]:0");
    // As tokio does for a listener of both versions.
    set(&client6, libc::IPPROTO_IPV6, libc::IPV6_V6ONLY);
    set(&client6, libc::IPPROTO_IPV6, libc::IPV6_TCLASS);
    for option in [
        libc::SO_REUSEPORT,
        libc::SO_KEEPALIVE,
        libc::SO_LINGER,
        libc::SO_SNDBUF,
        libc::SO_RCVBUF,
    ] {
        set(&client6, libc::SOL_SOCKET, option);
    }
}

/// Sets an option. Some sockets refuse some, with an errno that no filter gives.
fn set(socket: &impl AsRawFd, level: i32, name: i32) {
    let on: [libc::c_int; 2] = [1, 1];
    let size = match name {
        libc::SO_LINGER => 8,
        _ => 4,
    };
    // SAFETY: the value is there.
    let done = unsafe {
        let fd = socket.as_raw_fd();
        libc::setsockopt(fd, level, name, on.as_ptr().cast(), size)
    };
    let error = std::io::Error::last_os_error().raw_os_error();
    assert!(done == 0 || error == Some(libc::EINVAL), "{level} {name}");
}

fn socket(family: i32, kind: i32, protocol: i32) -> OwnedFd {
    // SAFETY: the descriptor is new.
    unsafe {
        let fd = libc::socket(family, kind | libc::SOCK_CLOEXEC, protocol);
        assert!(fd >= 0);
        OwnedFd::from_raw_fd(fd)
    }
}

/// As the crate socket2 does with a protocol, and as mio does for O_NONBLOCK.
pub fn tcp_protocol() {
    for family in [libc::AF_INET, libc::AF_INET6] {
        let socket = TcpStream::from(socket(family, libc::SOCK_STREAM, libc::IPPROTO_TCP));
        set_flags(&socket);
    }
}

fn set_flags(socket: &impl AsRawFd) {
    let fd = socket.as_raw_fd();
    // SAFETY: no pointers.
    unsafe {
        let flags = libc::fcntl(fd, libc::F_GETFL);
        assert_eq!(libc::fcntl(fd, libc::F_SETFL, flags | libc::O_NONBLOCK), 0);
        let flags = libc::fcntl(fd, libc::F_GETFD);
        assert_eq!(libc::fcntl(fd, libc::F_SETFD, flags | libc::FD_CLOEXEC), 0);
    }
}

pub fn tcp_file() {
    let (mut client, mut server) = connect("127.0.0.1:0");
    // A duplicate as a file.
    let mut file = File::from(OwnedFd::from(server.try_clone().unwrap()));
    file.write_all(b"by a file").unwrap();
    client.read_exact(&mut [0; 9]).unwrap();
    client.write_all(b"back").unwrap();
    file.read_exact(&mut [0; 4]).unwrap();
    // From a pipe.
    io::copy(&mut io::stdin().lock(), &mut server).unwrap();
    // A stream is copied to another.
    let (mut from, mut to) = connect("127.0.0.1:0");
    server.shutdown(Shutdown::Write).unwrap();
    io::copy(&mut client, &mut from).unwrap();
    from.shutdown(Shutdown::Write).unwrap();
    let mut text = String::new();
    to.read_to_string(&mut text).unwrap();
    assert!(!text.is_empty());
}

/// Sends and receives as crates do that call these functions of libc.
fn messages(from: &impl AsRawFd, to: &impl AsRawFd) {
    let mut bytes = [1u8; 4];
    let mut part = libc::iovec {
        iov_base: bytes.as_mut_ptr().cast(),
        iov_len: 4,
    };
    // SAFETY: all zeros is a header without an address, and the buffer is there.
    unsafe {
        let mut header: libc::msghdr = std::mem::zeroed();
        header.msg_iov = &mut part;
        header.msg_iovlen = 1;
        assert_eq!(libc::sendmsg(from.as_raw_fd(), &header, 0), 4);
        assert_eq!(libc::recvmsg(to.as_raw_fd(), &mut header, 0), 4);
    }
}

pub fn tcp_messages() {
    let (client, server) = connect("127.0.0.1:0");
    messages(&client, &server);
}

pub fn udp(address: &str) {
    let one = UdpSocket::bind(address).unwrap();
    let other = UdpSocket::bind(address).unwrap();
    let (to, from) = (other.local_addr().unwrap(), one.local_addr().unwrap());
    one.send_to(b"to", to).unwrap();
    let mut bytes = [0; 9];
    assert_eq!(other.recv_from(&mut bytes).unwrap(), (2, from));
    other.connect(from).unwrap();
    assert_eq!(other.peer_addr().unwrap(), from);
    other.send(b"back").unwrap();
    assert_eq!(one.recv(&mut bytes).unwrap(), 4);
    one.set_read_timeout(Some(Duration::from_millis(5)))
        .unwrap();
    assert!(one.recv(&mut bytes).is_err());
    let duplicate = one.try_clone().unwrap();
    duplicate.set_nonblocking(true).unwrap();
    assert!(one.recv(&mut bytes).is_err());
    one.set_broadcast(true).unwrap();
    one.set_write_timeout(Some(LIMIT)).unwrap();
    for option in [
        libc::SO_REUSEADDR,
        libc::SO_REUSEPORT,
        libc::SO_SNDBUF,
        libc::SO_RCVBUF,
    ] {
        set(&one, libc::SOL_SOCKET, option);
    }
    one.set_ttl(9).unwrap();
    if address.starts_with('[') {
        set(&one, libc::IPPROTO_IPV6, libc::IPV6_UNICAST_HOPS);
        set(&one, libc::IPPROTO_IPV6, libc::IPV6_RECVTCLASS);
    }
    for option in [libc::UDP_SEGMENT, libc::UDP_GRO, libc::UDP_CORK] {
        set(&one, libc::IPPROTO_UDP, option);
    }
    assert!(one.take_error().unwrap().is_none());
    set_flags(&one);
    wait(&one);
}

/// Waits with a time limit, as C libraries and crates do.
fn wait(socket: &impl AsRawFd) {
    let mut entry = libc::pollfd {
        fd: socket.as_raw_fd(),
        events: libc::POLLOUT,
        revents: 0,
    };
    // SAFETY: one entry.
    assert_eq!(unsafe { libc::poll(&mut entry, 1, 100) }, 1);
}

pub fn udp_protocol() {
    for family in [libc::AF_INET, libc::AF_INET6] {
        drop(UdpSocket::from(socket(
            family,
            libc::SOCK_DGRAM,
            libc::IPPROTO_UDP,
        )));
    }
}

pub fn udp_messages() {
    let one = UdpSocket::bind("127.0.0.1:0").unwrap();
    let other = UdpSocket::bind("127.0.0.1:0").unwrap();
    one.connect(other.local_addr().unwrap()).unwrap();
    messages(&one, &other);
    let mut bytes = [1u8; 4];
    let mut part = libc::iovec {
        iov_base: bytes.as_mut_ptr().cast(),
        iov_len: 4,
    };
    // SAFETY: all zeros is a header without an address, and the buffer is there.
    unsafe {
        let mut header: libc::mmsghdr = std::mem::zeroed();
        header.msg_hdr.msg_iov = &mut part;
        header.msg_hdr.msg_iovlen = 1;
        assert_eq!(libc::sendmmsg(one.as_raw_fd(), &mut header, 1, 0), 1);
        assert_eq!(
            libc::recvmmsg(other.as_raw_fd(), &mut header, 1, 0, std::ptr::null_mut()),
            1
        );
    }
}

pub fn unix() {
    let listener = UnixListener::bind("socket").unwrap();
    let mut client = UnixStream::connect("socket").unwrap();
    let (mut server, _) = listener.accept().unwrap();
    client.local_addr().unwrap();
    client.peer_addr().unwrap();
    client.write_all(b"question").unwrap();
    server.read_exact(&mut [0; 8]).unwrap();
    server
        .write_vectored(&[IoSlice::new(b"ans"), IoSlice::new(b"wer")])
        .unwrap();
    let (mut a, mut b) = ([0; 2], [0; 4]);
    client
        .read_vectored(&mut [IoSliceMut::new(&mut a), IoSliceMut::new(&mut b)])
        .unwrap();
    client.set_read_timeout(Some(LIMIT)).unwrap();
    client.set_write_timeout(Some(LIMIT)).unwrap();
    for option in [libc::SO_PASSCRED, libc::SO_SNDBUF, libc::SO_RCVBUF] {
        set(&client, libc::SOL_SOCKET, option);
    }
    assert!(client.take_error().unwrap().is_none());
    let duplicate = client.try_clone().unwrap();
    duplicate.set_nonblocking(true).unwrap();
    duplicate.shutdown(Shutdown::Both).unwrap();
    set_flags(&client);
    wait(&client);
    let (one, other) = UnixStream::pair().unwrap();
    let (mut one, mut other) = (
        File::from(OwnedFd::from(one)),
        File::from(OwnedFd::from(other)),
    );
    one.write_all(b"as files").unwrap();
    other.read_exact(&mut [0; 8]).unwrap();
}

pub fn unix_pair() {
    let (one, other) = UnixDatagram::pair().unwrap();
    one.send(b"datagram").unwrap();
    other.recv(&mut [0; 8]).unwrap();
    let named = UnixDatagram::bind("datagrams").unwrap();
    let free = UnixDatagram::unbound().unwrap();
    free.send_to(b"to", "datagrams").unwrap();
    named.recv_from(&mut [0; 8]).unwrap();
    let (mut stream, mut end) = UnixStream::pair().unwrap();
    stream.write_all(b"stream").unwrap();
    end.read_exact(&mut [0; 6]).unwrap();
}

pub fn unix_messages() {
    let (one, other) = UnixStream::pair().unwrap();
    messages(&one, &other);
}

pub fn resolve(name: &str) {
    let found = (name, 80)
        .to_socket_addrs()
        .map(|addresses| addresses.count() > 0);
    println!("{}", found.unwrap_or(false));
}

/// glibc looks at the addresses of this host: for this flag, and to sort several answers.
pub fn own_addresses() {
    // SAFETY: all zeros are hints without wishes, and the pointers are valid.
    unsafe {
        let mut hints: libc::addrinfo = std::mem::zeroed();
        hints.ai_flags = libc::AI_ADDRCONFIG;
        let mut found = std::ptr::null_mut();
        let none = std::ptr::null();
        println!(
            "{}",
            libc::getaddrinfo(c"localhost".as_ptr(), none, &hints, &mut found)
        );
    }
}

async fn serve() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address: SocketAddr = listener.local_addr().unwrap();
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut bytes = [0; 8];
        stream.read_exact(&mut bytes).await.unwrap();
        stream.write_all(&bytes).await.unwrap();
    });
    let mut client = tokio::net::TcpStream::connect(address).await.unwrap();
    client.write_all(b"question").await.unwrap();
    let mut answer = Vec::new();
    client.read_to_end(&mut answer).await.unwrap();
    assert_eq!(answer, b"question");
    server.await.unwrap();
    tokio::time::sleep(Duration::from_millis(20)).await;
    let silent = tokio::time::timeout(Duration::from_millis(5), std::future::pending::<()>());
    assert!(silent.await.is_err());
}

/// A runtime with two workers that is made under the filter.
pub fn tokio_server() {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
        .block_on(serve());
}

pub fn tokio_one() {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder
        .enable_time()
        .enable_io()
        .build()
        .unwrap()
        .block_on(async {
            tokio::time::sleep(Duration::from_millis(5)).await;
        });
}

/// Timers and pipes as descriptors, as other event loops have them.
pub fn timer() {
    // SAFETY: the pointers are valid.
    unsafe {
        let timer = libc::timerfd_create(libc::CLOCK_MONOTONIC, libc::TFD_CLOEXEC);
        let mut time: libc::itimerspec = std::mem::zeroed();
        time.it_value.tv_nsec = 1_000_000;
        assert_eq!(
            libc::timerfd_settime(timer, 0, &time, std::ptr::null_mut()),
            0
        );
        let epoll = libc::epoll_create1(libc::EPOLL_CLOEXEC);
        let mut event = libc::epoll_event {
            events: libc::EPOLLIN as u32,
            u64: 0,
        };
        assert_eq!(
            libc::epoll_ctl(epoll, libc::EPOLL_CTL_ADD, timer, &mut event),
            0
        );
        assert_eq!(libc::epoll_wait(epoll, &mut event, 1, 2000), 1);
        let mut count = 0u64;
        assert_eq!(libc::read(timer, (&raw mut count).cast(), 8), 8);
        let mut pipe = [0; 2];
        assert_eq!(libc::pipe2(pipe.as_mut_ptr(), libc::O_CLOEXEC), 0);
        assert_eq!(libc::write(pipe[1], (&raw const event).cast(), 1), 1);
        let mut entry = libc::pollfd {
            fd: pipe[0],
            events: libc::POLLIN,
            revents: 0,
        };
        assert_eq!(libc::poll(&mut entry, 1, 100), 1);
        let mut on: libc::c_int = 1;
        assert_eq!(libc::ioctl(pipe[0], libc::FIONBIO, &mut on), 0);
        libc::close(pipe[0]);
    }
}
