#![no_main]

use libfuzzer_sys::fuzz_target;
use mermen::embedding::{Source, load};
use mermen_fuzz::in_a_file;
use std::collections::HashSet;

fuzz_target!(|bytes: &[u8]| {
    let wanted: HashSet<String> = ["gout", "of", "a"].map(str::to_owned).into();
    let loaded = in_a_file(bytes, |path| load(&Source::Text(path.to_owned()), 2, &wanted));
    if let Ok(embedding) = loaded {
        assert_eq!(embedding.vectors.len(), 2 * embedding.words.len());
        assert!(embedding.vectors.iter().all(|number| number.is_finite()));
    }
});
