//! Makes, reads, changes, lists and removes files below a folder of its own.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{FileExt, PermissionsExt, symlink};

fn main() -> io::Result<()> {
    let folder = std::env::temp_dir().join(format!("scan-files-{}", std::process::id()));
    fs::create_dir_all(folder.join("inner"))?;
    let (one, two) = (folder.join("one"), folder.join("inner/two"));
    let mut file = File::create(&one)?;
    writeln!(file, "first\nsecond")?;
    file.sync_all()?;
    file.set_len(10)?;
    file.lock()?;
    file.unlock()?;
    fs::copy(&one, &two)?;
    fs::hard_link(&two, folder.join("link"))?;
    symlink("one", folder.join("symbolic"))?;
    fs::read_link(folder.join("symbolic"))?;
    fs::set_permissions(&two, Permissions::from_mode(0o600))?;
    let mut file = OpenOptions::new().append(true).read(true).open(&two)?;
    file.write_all(b"more")?;
    file.seek(SeekFrom::Start(2))?;
    file.read_exact(&mut [0; 4])?;
    file.read_exact_at(&mut [0; 4], 1)?;
    file.set_modified(std::time::SystemTime::now())?;
    println!("{:?}", file.metadata()?.len());
    for line in BufReader::new(File::open(&two)?).lines() {
        println!("{}", line?);
    }
    for entry in fs::read_dir(&folder)? {
        let entry = entry?;
        println!("{:?} {:?}", entry.file_name(), entry.metadata()?.is_dir());
    }
    fs::canonicalize(folder.join("symbolic"))?;
    fs::rename(&one, folder.join("inner/three"))?;
    assert!(File::open(&one).is_err());
    std::env::set_current_dir(&folder)?;
    println!("{}", std::env::current_dir()?.display());
    fs::remove_file("symbolic")?;
    fs::remove_dir_all(&folder)
}
