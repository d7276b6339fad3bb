#![no_main]

use libfuzzer_sys::fuzz_target;
use mermen::corpus::{MenScheme, MerScheme, PerTask, TagSet};
use mermen::embedding::Lookup;
use mermen::run::spec::RunSpec;
use mermen::predict::{Matrix, Model, Network, Origin, WordRows, model_file};
use mermen::train::{ConceptTypes, Decoder, network_specs};
use mermen_fuzz::in_a_file;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use sha2::{Digest, Sha256};
use std::collections::HashMap;

const KEY: &str = "mermen-model";

/// The same model under a digest that is right, as one who forges a file would make it; `None` where the bytes hold no tensors.
fn signed(bytes: &[u8]) -> Option<Vec<u8>> {
    let (_, metadata) = SafeTensors::read_metadata(bytes).ok()?;
    let json = metadata.metadata().as_ref()?.get(KEY)?.clone();
    let tensors = SafeTensors::deserialize(bytes).ok()?;
    let mut all = tensors.tensors();
    all.retain(|(name, _)| name != "digest");
    all.sort_by(|a, b| a.0.cmp(&b.0));
    let mut hasher = Sha256::new();
    hasher.update((json.len() as u64).to_le_bytes());
    hasher.update(&json);
    for (name, view) in &all {
        hasher.update(format!("\0{name}\0{:?}\0{:?}\0", view.dtype(), view.shape()));
        hasher.update(view.data());
    }
    let digest = hasher.finalize().to_vec();
    all.push(("digest".to_owned(), TensorView::new(Dtype::U8, vec![digest.len()], &digest).ok()?));
    safetensors::serialize(all, Some(HashMap::from([(KEY.to_owned(), json)]))).ok()
}

/// With `MERMEN_SEED=FILE` writes a model of two words there, to begin from.
fn write_seed() {
    let Some(path) = std::env::var_os("MERMEN_SEED") else { return };
    let spec = RunSpec::default();
    let words = WordRows::new((1, Lookup::Exact, 2), vec![0.5], [("gout".to_owned(), 1)], [("ache".to_owned(), 2)]).expect("two rows");
    let table = Matrix { name: "words".to_owned(), rows: 2, columns: 1, values: vec![0.0, 1.0] };
    let network =
        Network { name: "both.best".to_owned(), spec: network_specs(spec.model.framework)[0], answers: PerTask { mer: true, men: true }, parameters: vec![table] };
    let model = Model {
        origin: Origin::default(),
        words,
        alphabet: vec!['g'],
        decoder: Decoder {
            tag_sets: PerTask { mer: TagSet::new(["B-Disease", "I-Disease"]), men: TagSet::new(["D006073"]) },
            mer_scheme: MerScheme::Iob2,
            men_scheme: MenScheme::Bare,
        },
        concept_types: ConceptTypes::default(),
        networks: vec![network],
        spec,
    };
    model_file::write(path.as_ref(), &model).expect("a model");
}

fuzz_target!(init: write_seed(), |bytes: &[u8]| {
    let _ = in_a_file(bytes, model_file::read);
    let Some(signed) = signed(bytes) else { return };
    let Ok(model) = in_a_file(&signed, model_file::read) else { return };
    // What is read can be written, and read again.
    let written = in_a_file(&[], |path| {
        model_file::write(path, &model).expect("a model that was read can be written");
        std::fs::read(path).expect("it is there")
    });
    assert!(in_a_file(&written, model_file::read).is_ok());
});
