//! What stands in a file, or comes on standard input (`-`).

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use tokio::sync::oneshot;

/// At most so many octets.
///
/// # Errors
/// It cannot be opened or read.
pub async fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let (tell, told) = oneshot::channel();
    let path = path.to_owned();
    // A thread of its own: nothing ends a read of a pipe but the end of the program, which may be asked
    // for meanwhile.
    std::thread::spawn(move || {
        let _ = tell.send(octets(&path, most));
    });
    told.await.unwrap_or_else(|_| Err(io::Error::other("reading it ended early")))
}

fn octets(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut octets = Vec::new();
    if path == Path::new("-") {
        io::stdin().lock().take(most).read_to_end(&mut octets)?;
    } else {
        File::open(path)?.take(most).read_to_end(&mut octets)?;
    }
    Ok(octets)
}
