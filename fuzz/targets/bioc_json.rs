#![no_main]

use libfuzzer_sys::fuzz_target;
use mermen::corpus::Format;
use mermen_fuzz::documents;

fuzz_target!(|bytes: &[u8]| documents(bytes, Some(Format::BiocJson)));
