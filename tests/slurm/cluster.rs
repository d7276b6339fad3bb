//! A Slurm cluster of one node on this machine.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Mutex, MutexGuard, OnceLock};

/// Its standard input is the leash: the cluster ends, and takes its folder with it, when that closes, as it does with this process.
pub struct Cluster {
    pub folder: PathBuf,
    _process: Child,
    _leash: ChildStdin,
}

static CLUSTER: OnceLock<Option<Mutex<Cluster>>> = OnceLock::new();

/// The cluster of this process, for one test at a time: it has two cores. `None` where Slurm is not installed.
pub fn cluster() -> Option<MutexGuard<'static, Cluster>> {
    let cluster = CLUSTER.get_or_init(|| Cluster::start().map(Mutex::new)).as_ref()?;
    Some(cluster.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
}

fn installed(program: &str) -> bool {
    let path = std::env::var("PATH").unwrap_or_default() + ":/usr/sbin:/sbin";
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

impl Cluster {
    fn start() -> Option<Self> {
        if let Some(lacking) = ["slurmctld", "slurmd", "munged", "sbatch"].into_iter().find(|program| !installed(program)) {
            assert!(std::env::var_os("MERMEN_TEST_SLURM").is_none(), "MERMEN_TEST_SLURM asks for Slurm, and there is no {lacking} here");
            eprintln!("skipped: no {lacking} here (apt-get install slurm-wlm munge)");
            return None;
        }
        // Held until both are known, so that they differ.
        let listeners = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
        let ports = listeners.each_ref().map(|listener| listener.local_addr().unwrap().port().to_string());
        drop(listeners);
        let folder = tempfile::Builder::new().prefix("mermen-slurm-").tempdir().unwrap().keep();
        let mut process = Command::new("bash")
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/slurm/cluster.sh"))
            .arg(&folder)
            .args(ports)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let leash = process.stdin.take().unwrap();
        let first = BufReader::new(process.stdout.take().unwrap()).lines().next();
        assert!(matches!(first, Some(Ok(line)) if line == "ready"), "Slurm is installed and does not start: its logs are above");
        eprintln!("Slurm runs here, in {}", folder.display());
        Some(Self { folder, _process: process, _leash: leash })
    }

    pub fn configuration(&self) -> PathBuf {
        self.folder.join("slurm.conf")
    }

    /// Runs a command of Slurm; gives its standard output.
    pub fn ask(&self, program: &str, arguments: &[&str]) -> String {
        let output = Command::new(program).args(arguments).env("SLURM_CONF", self.configuration()).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}
