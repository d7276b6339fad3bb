//! What a task has written to its standard output, read as it grows.

use crate::experiment::worker::WorkerLine;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// Reads a file that another node appends lines to. A file that is not there yet has none.
#[derive(Clone, Debug)]
pub struct Output {
    path: PathBuf,
    /// Bytes of whole lines that were read.
    read: u64,
}

impl Output {
    pub fn from_start(path: PathBuf) -> Self {
        Self { path, read: 0 }
    }

    /// Lines that are there already are skipped.
    pub fn from_end(path: PathBuf) -> Self {
        let mut output = Self::from_start(path);
        output.new_lines();
        output
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whole lines that came since the last call. What is no line of ours was printed by Slurm or by the script.
    pub fn new_lines(&mut self) -> Vec<WorkerLine> {
        let bytes = self.rest().unwrap_or_default();
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
        self.read += whole as u64;
        let lines = String::from_utf8_lossy(&bytes[..whole]).into_owned();
        let line = |text: &str| serde_json::from_str(text).unwrap_or_else(|_| WorkerLine::Say { line: text.to_owned() });
        lines.lines().filter(|text| !text.trim().is_empty()).map(line).collect()
    }

    /// What Slurm said of the task's memory after the last line of its worker, if it did. Where memory is watched by sampling, this is
    /// all there is: the task's state is then `FAILED`.
    pub fn out_of_memory(&self) -> Option<String> {
        let bytes = std::fs::read(&self.path).ok()?;
        let text = String::from_utf8_lossy(&bytes);
        let last = text.lines().rev().take_while(|line| serde_json::from_str::<WorkerLine>(line).is_err());
        let signs = ["exceeded memory limit", "exceeded job memory limit", "oom-kill", "oom_kill", "oom killed"];
        let told = last.filter(|line| signs.iter().any(|sign| line.to_lowercase().contains(sign))).last()?;
        Some(told.split_once("error: ").map_or(told, |(_, told)| told).trim().to_owned())
    }

    fn rest(&mut self) -> std::io::Result<Vec<u8>> {
        let mut file = File::open(&self.path)?;
        if file.metadata()?.len() < self.read {
            // Begun again.
            self.read = 0;
        }
        file.seek(SeekFrom::Start(self.read))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::worker::RunOutcome;
    use std::io::Write;

    #[test]
    fn lines_come_once_and_whole() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("0.out");
        let mut output = Output::from_start(path.clone());
        assert_eq!(output.new_lines(), []);
        let mut file = File::create(&path).unwrap();
        file.write_all(b"slurmstepd: hello\n{\"ended\":\"do").unwrap();
        assert_eq!(output.new_lines(), [WorkerLine::Say { line: "slurmstepd: hello".into() }]);
        assert_eq!(Output::from_end(path.clone()).new_lines(), []);
        file.write_all(b"ne\"}\n").unwrap();
        assert_eq!(output.new_lines(), [WorkerLine::Ended(RunOutcome::Done)]);
        assert_eq!(output.new_lines(), []);
        assert_eq!(output.out_of_memory(), None);
        // As Slurm 22.05 says it.
        file.write_all(b"slurmstepd-vm: error: StepId=5.batch exceeded memory limit (226680832 > 52428800), being killed\nslurmstepd-vm: error: Exceeded job memory limit\n").unwrap();
        assert_eq!(output.out_of_memory().unwrap(), "StepId=5.batch exceeded memory limit (226680832 > 52428800), being killed");
        file.write_all(b"{\"say\":{\"line\":\"put back, and begun again\"}}\n").unwrap();
        assert_eq!(output.out_of_memory(), None);
        std::fs::write(&path, "again\n").unwrap();
        assert_eq!(output.new_lines(), [WorkerLine::Say { line: "again".into() }]);
    }
}
