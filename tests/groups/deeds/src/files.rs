//! Files. The current directory is empty and can be written; `/etc/passwd` is there.

use std::fs::{self, File, OpenOptions};
use std::io::{self, IoSlice, IoSliceMut, Read, Seek, SeekFrom, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{FileExt, symlink};
use std::path::Path;
use std::time::SystemTime;

pub fn look() {
    let mut file = File::open("/etc/passwd").unwrap();
    let mut text = String::new();
    file.read_to_string(&mut text).unwrap();
    assert!(text.contains("root"));
    file.seek(SeekFrom::Start(1)).unwrap();
    file.read_at(&mut [0; 4], 3).unwrap();
    file.read_vectored(&mut [IoSliceMut::new(&mut [0; 2]), IoSliceMut::new(&mut [0; 2])])
        .unwrap();
    let other = file.try_clone().unwrap();
    assert!(other.metadata().unwrap().is_file());
    drop(file);
    assert!(fs::metadata("/etc").unwrap().is_dir());
    assert!(fs::symlink_metadata("/proc/self/exe").unwrap().is_symlink());
    fs::read_link("/proc/self/exe").unwrap();
    assert_eq!(
        fs::canonicalize(".").unwrap(),
        std::env::current_dir().unwrap()
    );
    assert!(Path::new("/etc/passwd").exists());
    assert!(!Path::new("missing").exists());
    assert!(File::open("missing").is_err());
    for entry in fs::read_dir("/etc").unwrap().take(5) {
        let entry = entry.unwrap();
        entry.metadata().unwrap();
        entry.file_type().unwrap();
    }
}

pub fn lock() {
    let file = File::open("/etc/passwd").unwrap();
    // As File::lock_shared does, which is newer than our oldest compiler.
    for operation in [libc::LOCK_SH, libc::LOCK_UN] {
        // SAFETY: no pointers.
        assert_eq!(unsafe { libc::flock(file.as_raw_fd(), operation) }, 0);
    }
}

/// As the crate memmap2 does.
pub fn map() {
    let file = File::open("/etc/passwd").unwrap();
    let size = file.metadata().unwrap().len() as usize;
    // SAFETY: a new mapping of a file that nobody changes.
    unsafe {
        let fd = file.as_raw_fd();
        let page = libc::mmap(
            std::ptr::null_mut(),
            size,
            libc::PROT_READ,
            libc::MAP_SHARED,
            fd,
            0,
        );
        assert_ne!(page, libc::MAP_FAILED);
        assert_ne!(*page.cast::<u8>(), 0);
        libc::munmap(page, size);
    }
}

pub fn cat() {
    let mut file = File::open("/etc/passwd").unwrap();
    io::copy(&mut file, &mut io::stdout().lock()).unwrap();
}

pub fn write() {
    fs::write("plain", "text").unwrap();
    let mut file = OpenOptions::new().append(true).open("plain").unwrap();
    file.write_all(b" and more").unwrap();
    file.write_vectored(&[IoSlice::new(b"1"), IoSlice::new(b"2")])
        .unwrap();
    file.sync_all().unwrap();
    file.sync_data().unwrap();
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .open("plain")
        .unwrap();
    file.write_at(b"T", 0).unwrap();
    file.set_len(4).unwrap();
    assert_eq!(fs::read("plain").unwrap(), b"Text");
    File::create_new("new")
        .unwrap()
        .set_modified(SystemTime::now())
        .unwrap();
    assert!(File::create_new("new").is_err());
    fs::remove_file("new").unwrap();
}

pub fn change() {
    fs::create_dir_all("a/b/c").unwrap();
    fs::create_dir("a/empty").unwrap();
    fs::remove_dir("a/empty").unwrap();
    let file = File::create("a/b/file").unwrap();
    let mut permissions = file.metadata().unwrap().permissions();
    permissions.set_readonly(true);
    file.set_permissions(permissions.clone()).unwrap();
    fs::set_permissions("a/b/file", permissions).unwrap();
    fs::rename("a/b/file", "a/b/renamed").unwrap();
    fs::hard_link("a/b/renamed", "a/b/linked").unwrap();
    symlink("linked", "a/b/link").unwrap();
    fs::remove_dir_all("a").unwrap();
    assert_eq!(fs::read_dir(".").unwrap().count(), 0);
}

pub fn copy() {
    fs::write("from", vec![7; 100_000]).unwrap();
    assert_eq!(fs::copy("from", "to").unwrap(), 100_000);
    let mut append = OpenOptions::new().append(true).open("to").unwrap();
    // copy_file_range cannot append, sendfile neither.
    io::copy(&mut File::open("from").unwrap(), &mut append).unwrap();
    assert_eq!(fs::metadata("to").unwrap().len(), 200_000);
    // From what is no regular file.
    let mut version = File::open("/proc/version").unwrap();
    io::copy(&mut version, &mut File::create("version").unwrap()).unwrap();
    io::copy(&mut io::stdin().lock(), &mut File::create("input").unwrap()).unwrap();
    print!("{}", fs::read_to_string("input").unwrap());
}
