//! Looks up names: one of this machine, one that does not exist, and one that is an address.

use std::net::ToSocketAddrs;

fn main() {
    for name in ["localhost", "name.invalid", "127.0.0.1"] {
        match (name, 80).to_socket_addrs() {
            Ok(addresses) => println!("{name}: {} addresses", addresses.count()),
            Err(error) => println!("{name}: {error}"),
        }
    }
}
