//! SIGINT and SIGTERM ask for an end in good order.

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

pub struct Signals {
    /// Set when an end is wanted.
    pub stop: Arc<AtomicBool>,
    which: Arc<AtomicUsize>,
}

impl Signals {
    /// With `impatient`, a second signal ends the process at once.
    ///
    /// # Errors
    /// When the system does not let us listen.
    pub fn listen(impatient: bool) -> std::io::Result<Self> {
        let signals = Self { stop: Arc::new(AtomicBool::new(false)), which: Arc::new(AtomicUsize::new(0)) };
        for signal in [SIGINT, SIGTERM] {
            if impatient {
                // Comes before the flag is set, so that it acts from the second signal on.
                flag::register_conditional_shutdown(signal, 128 + signal, signals.stop.clone())?;
            }
            flag::register_usize(signal, signals.which.clone(), signal as usize)?;
            flag::register(signal, signals.stop.clone())?;
        }
        Ok(signals)
    }

    pub fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// 143 after SIGTERM, else 130.
    pub fn exit_code(&self) -> u8 {
        if self.which.load(Ordering::Relaxed) == SIGTERM as usize { 143 } else { 130 }
    }
}
