//! Event files of TensorBoard: scalars over steps, in the format that `tensorboard --logdir` reads.
//!
//! A file is a sequence of records (TFRecord: length, checksum, bytes, checksum), each one `Event` of TensorBoard's protocol buffers.
//! Only what scalars need of those messages is written; they are small enough to be encoded by hand.

mod event;
mod record;
#[cfg(test)]
mod tests;

use event::Event;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

/// One value at a step.
#[derive(Clone, Debug, PartialEq)]
pub struct Scalar {
    /// `group/name`: TensorBoard shows one panel a group.
    pub tag: String,
    /// Written as a 32-bit float, which is all that the format has.
    pub value: f64,
}

impl Scalar {
    pub fn new(tag: impl Into<String>, value: f64) -> Self {
        Self { tag: tag.into(), value }
    }
}

/// Writes events; what is written can be read at once.
#[derive(Debug)]
pub struct EventWriter<W> {
    out: W,
}

impl EventWriter<File> {
    /// Begins a file, which TensorBoard takes for one of its own if `tfevents` is in its name. The folder is made where there is none,
    /// and a file of that name is written again.
    ///
    /// # Errors
    /// A folder or file that cannot be written.
    pub fn create(path: &Path, wall_time: f64) -> io::Result<Self> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        Self::new(File::create(path)?, wall_time)
    }
}

impl<W: Write> EventWriter<W> {
    /// Times are in seconds since 1970.
    ///
    /// # Errors
    /// When `out` cannot be written to; so with the methods.
    pub fn new(out: W, wall_time: f64) -> io::Result<Self> {
        let mut writer = Self { out };
        writer.write(wall_time, 0, Event::FileVersion)?;
        Ok(writer)
    }

    /// Says that what follows begins at `step`: TensorBoard drops what an earlier file of the folder has of this step and later ones,
    /// as a run has that was killed and taken up again.
    pub fn begin(&mut self, wall_time: f64, step: u64) -> io::Result<()> {
        self.write(wall_time, step, Event::SessionStart)
    }

    pub fn scalars(&mut self, wall_time: f64, step: u64, scalars: &[Scalar]) -> io::Result<()> {
        self.write(wall_time, step, Event::Scalars(scalars))
    }

    fn write(&mut self, wall_time: f64, step: u64, event: Event) -> io::Result<()> {
        // In one call: a reader that looks meanwhile meets a whole record, or takes the cut one for the end of the file so far.
        self.out.write_all(&record::framed(&event.encoded(wall_time, step)))?;
        self.out.flush()
    }
}
