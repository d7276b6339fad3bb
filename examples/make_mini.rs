//! Writes the synthetic corpus and its word vectors: `cargo run --release --example make_mini [FOLDER]`, by default
//! `data/mini`.

use std::path::PathBuf;
use std::{env, fs, io};

use mermen::corpus::synthetic::{MINI_SEED, generate};

fn main() -> io::Result<()> {
    let folder = PathBuf::from(env::args_os().nth(1).unwrap_or_else(|| "data/mini".into()));
    fs::create_dir_all(&folder)?;
    let made = generate(MINI_SEED);
    for (name, text) in [
        ("train.PubTator.txt", &made.train),
        ("dev.PubTator.txt", &made.dev),
        ("test.PubTator.txt", &made.test),
        ("embedding.txt", &made.embedding),
    ] {
        fs::write(folder.join(name), text)?;
    }
    Ok(())
}
