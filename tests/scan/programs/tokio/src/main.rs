//! A tokio server that answers a line with a line, its own clients, a timer, a file and a signal.

use std::io;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::time::{Duration, sleep, timeout};

#[tokio::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream));
        }
    });
    let clients: Vec<_> = (0..8)
        .map(|number| tokio::spawn(ask(address, number)))
        .collect();
    for client in clients {
        client.await.unwrap()?;
    }
    let socket = UdpSocket::bind("127.0.0.1:0").await?;
    socket.send_to(b"hello", socket.local_addr()?).await?;
    socket.recv_from(&mut [0; 8]).await?;
    println!("{}", tokio::fs::read("/proc/self/status").await?.len());
    let end = tokio::signal::ctrl_c();
    assert!(timeout(Duration::from_millis(20), end).await.is_err());
    Ok(())
}

async fn serve(mut stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let (reader, mut writer) = stream.split();
    let mut lines = BufReader::new(reader).lines();
    while let Some(line) = lines.next_line().await? {
        sleep(Duration::from_millis(2)).await;
        writer.write_all(line.as_bytes()).await?;
    }
    writer.shutdown().await
}

async fn ask(address: std::net::SocketAddr, number: usize) -> io::Result<()> {
    let mut stream = TcpStream::connect(address).await?;
    stream
        .write_all(format!("line {number}\n").as_bytes())
        .await?;
    stream.shutdown().await?;
    let mut text = String::new();
    stream.read_to_string(&mut text).await?;
    assert_eq!(text, format!("line {number}"));
    Ok(())
}
