//! A rustls client and the server that it talks to, with a certificate made for this run.

use std::error::Error;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use rustls::pki_types::PrivateKeyDer;
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection, Stream,
};

fn main() -> Result<(), Box<dyn Error>> {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()])?;
    let certificate = made.cert.der().clone();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der())?;
    let server = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let thread = thread::spawn(move || serve(&listener, Arc::new(server)).unwrap());

    let mut roots = RootCertStore::empty();
    roots.add(certificate)?;
    let client = ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let mut connection = ClientConnection::new(Arc::new(client), "localhost".try_into()?)?;
    let mut socket = TcpStream::connect(address)?;
    let mut stream = Stream::new(&mut connection, &mut socket);
    stream.write_all(b"hello")?;
    let mut text = [0; 5];
    stream.read_exact(&mut text)?;
    println!("{}", String::from_utf8_lossy(&text));
    thread.join().unwrap();
    Ok(())
}

fn serve(listener: &TcpListener, config: Arc<ServerConfig>) -> Result<(), Box<dyn Error>> {
    let (mut socket, _) = listener.accept()?;
    let mut connection = ServerConnection::new(config)?;
    let mut stream = Stream::new(&mut connection, &mut socket);
    let mut text = [0; 5];
    stream.read_exact(&mut text)?;
    stream.write_all(&text)?;
    stream.flush()?;
    Ok(())
}
