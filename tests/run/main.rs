//! Runs on the corpus that comes with the source: made once, the same wherever they are made, and the same after any end.

mod calls;
mod determinism;
mod drift;
mod kills;
mod probes;
mod project;
mod storage;
