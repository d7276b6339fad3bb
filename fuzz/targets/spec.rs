#![no_main]

use libfuzzer_sys::fuzz_target;
use mermen::experiment::spec_file::{Names, load};
use mermen::registry::{corpus_names, embedding_names};
use mermen_fuzz::in_a_file;

fuzz_target!(|bytes: &[u8]| {
    let names = Names { corpora: corpus_names(), embeddings: embedding_names(), ..Names::default() };
    match in_a_file(bytes, |path| load(path, &names, &[])) {
        Ok(experiment) => assert!(!experiment.all_runs().is_empty()),
        Err(problems) => assert!(!problems.0.is_empty() && !problems.to_string().is_empty()),
    }
});
