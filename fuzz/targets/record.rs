#![no_main]

use libfuzzer_sys::fuzz_target;
use mermen::run::store::read_record;
use mermen_fuzz::in_a_file;

fuzz_target!(|bytes: &[u8]| {
    let _ = in_a_file(bytes, |path| read_record(path, None));
});
