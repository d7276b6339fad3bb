#![no_main]

use libfuzzer_sys::fuzz_target;
use mermen::evaluate::Split;
use mermen::run::gold::GoldTable;
use mermen::run::pack::{Kind, Opened, open, seal};
use mermen::run::predictions::{Packed, Predictions, SplitPredictions};
use std::sync::{Arc, LazyLock};

/// What predictions are read against: two documents of three mentions.
static GOLD: LazyLock<Arc<GoldTable>> = LazyLock::new(|| {
    let text = "1|t|Nobel fever in mice\n1|a|Gout and gout.\n1\t0\t11\tNobel fever\tDisease\tX01\n1\t20\t24\tGout\tDisease\tX02\n\n\
                2|t|Mice\n2|a|None of it.\n2\t0\t4\tMice\tDisease\t-1\n";
    let documents = mermen::corpus::parse_documents("gold", text.as_bytes()).expect("a text of ours");
    let sentences: Vec<_> = documents.iter().enumerate().flat_map(|(at, document)| mermen::corpus::sentences(at, document)).collect();
    Arc::new(GoldTable::new(&["Disease".to_owned()], &documents[..1], (&documents, &sentences), (&documents, &sentences)))
});

/// With `MERMEN_SEED=FOLDER` writes a gold table and predictions there, to begin from.
fn write_seed() {
    let Some(folder) = std::env::var_os("MERMEN_SEED") else { return };
    let folder = std::path::Path::new(&folder);
    let documents = GOLD.split(Split::Dev).documents.clone();
    let split = SplitPredictions { mer: documents.clone(), men: documents, ..SplitPredictions::default() };
    let predictions = Predictions::new("run", GOLD.clone(), &split, &split).expect("gold mentions can be packed");
    std::fs::write(folder.join("gold"), GOLD.pack().0).expect("a seed");
    std::fs::write(folder.join("predictions"), predictions.pack().0).expect("a seed");
}

// Any bytes are an error or a table. The digest is forged where the rest is a pack, or the fuzzer would see no further than it; what is read
// can be written and read again, and predictions can be scored.
fuzz_target!(init: write_seed(), |bytes: &[u8]| {
    let _ = (GoldTable::unpack(bytes).is_ok(), Packed::open(bytes).is_ok());
    if let Ok(table) = forged(Kind::Gold, bytes).map_or(Err(()), |bytes| GoldTable::unpack(&bytes).map_err(drop)) {
        let again = GoldTable::unpack(&table.pack().0).expect("what was written can be read");
        assert!(again.split(Split::Dev) == table.split(Split::Dev));
    }
    let Some(bytes) = forged(Kind::Predictions, bytes) else { return };
    if let Ok(predictions) = Packed::open(&bytes).and_then(|packed| packed.against(GOLD.clone())) {
        for split in Split::ALL {
            if let Ok(split) = predictions.split(split) {
                split.scores(&predictions.training_concepts());
            }
        }
    }
});

/// The same columns under a digest that is right, and predictions against the table that they are read with.
fn forged(kind: Kind, bytes: &[u8]) -> Option<Vec<u8>> {
    let Opened { header, columns, .. } = mermen::run::pack::open_unchecked(kind, bytes).ok()?;
    let header = if kind == Kind::Gold { header } else { format!("run\n{}", GOLD.sha256()).into_bytes() };
    let sealed = seal(kind, &header, &columns).0;
    open(kind, &sealed).expect("what was sealed opens");
    Some(sealed)
}
