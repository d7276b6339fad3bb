//! Made-up run records for tests: every figure comes from a seeded generator, none from a run.

use super::system::{FRAMEWORKS, PaperCorpus};
use crate::corpus::{OovSubset, PerTask};
use crate::evaluate::*;
use crate::run::identity::{DataDigests, run_id};
use crate::run::record::*;
use crate::run::spec::*;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

struct Dice(Xoshiro256PlusPlus);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        ((self.0.next_u64() >> 32) * n) >> 32
    }

    fn unit(&mut self) -> f64 {
        self.below(1 << 20) as f64 / (1u64 << 20) as f64
    }

    /// Counts over `gold` items with about `quality` recall and precision.
    fn counts(&mut self, gold: u64, quality: f64) -> Counts {
        let tp = (0..gold).filter(|_| self.unit() < quality).count() as u64;
        let fp = (0..gold).filter(|_| self.unit() > quality).count() as u64;
        Counts { tp, fp, fn_: gold - tp }
    }
}

pub fn spec(corpus: &str, framework: Framework, characters: bool, crf: bool, seed: u64) -> RunSpec {
    let mut spec = RunSpec { seed, ..RunSpec::default() };
    spec.data.corpus = corpus.to_owned();
    spec.model.framework = framework;
    spec.model.crf = crf;
    if !characters {
        spec.model.char_cnn = None;
    }
    spec
}

/// A finished run whose quality grows with the framework's place in Table 2.
pub fn record(spec: RunSpec) -> RunRecord {
    let identity = serde_json::to_string(&spec).expect("a spec is JSON");
    let hash = identity.bytes().fold(0xcbf2_9ce4_8422_2325u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x100_0000_01b3));
    let mut dice = Dice(Xoshiro256PlusPlus::seed_from_u64(hash));
    let place = FRAMEWORKS.iter().position(|f| *f == spec.model.framework).unwrap_or(0) as f64;
    let characters = if spec.model.char_cnn.is_some() { 0.03 } else { 0.0 };
    let dropout = if spec.dropout.rate > 0.0 { 0.01 } else { 0.0 };
    let vectors = match spec.embedding.name.split('-').next() {
        Some("random") => -0.12,
        Some("glove") => -0.05,
        _ => 0.0,
    };
    let quality = 0.72 + 0.02 * place + characters + dropout + vectors + 0.01 * dice.unit();
    let epochs = |dice: &mut Dice, mer: bool, men: bool| -> Vec<EpochRecord> {
        (1..=spec.train.epochs as u64)
            .map(|epoch| {
                let grown = 1.0 - libm::exp(-(epoch as f64) / 4.0);
                EpochRecord {
                    epoch,
                    learning_rate: spec.train.learning_rate,
                    loss: PerTask { mer: mer.then_some(1.2 * (1.0 - 0.9 * grown)), men: men.then_some(2.5 * (1.0 - 0.8 * grown)) },
                    clipped: 0.4 * (1.0 - grown),
                    dev_f1: PerTask {
                        mer: mer.then(|| quality * grown + 0.01 * dice.unit()),
                        men: men.then(|| (quality - 0.06) * grown * grown + 0.015 * dice.unit()),
                    },
                }
            })
            .collect()
    };
    let network = |dice: &mut Dice, tasks: &str| NetworkRecord {
        tasks: tasks.to_owned(),
        parameters: 523_118,
        selected_epochs: vec![spec.train.epochs as u64 - 1],
        epochs: epochs(dice, tasks != "men", tasks != "mer"),
    };
    let networks = if spec.model.framework == Framework::Pipeline {
        vec![network(&mut dice, "mer"), network(&mut dice, "men")]
    } else {
        vec![network(&mut dice, "both")]
    };
    let stand_in = spec.embedding.name.starts_with("word2vec");
    // Three draws that nothing uses: the figures that follow are those of the snapshots.
    let _ = [dice.0.next_u64(), dice.0.next_u64(), dice.0.next_u64()];
    let digests = DataDigests { corpus: "c0ffee".repeat(10), embedding: "beef".repeat(16), ..DataDigests::default() };
    RunRecord {
        result: RunResult {
            protocol: PROTOCOL,
            run_id: run_id(&spec, &digests),
            state: RunState::Done,
            data: DataFacts {
                corpus_sha256: digests.corpus,
                sentences_train: 5423,
                tokens_train: 135_700,
                mer_tags: 3,
                men_tags: 661,
                embedding: EmbeddingFacts {
                    name: spec.embedding.name.clone(),
                    dimension: spec.embedding.name.rsplit('-').next().and_then(|d| d.parse().ok()).unwrap_or(50),
                    sha256: digests.embedding,
                    provenance: if stand_in {
                        "trained on invented text, in place of the published vectors".into()
                    } else {
                        "published".into()
                    },
                    stand_in,
                    types: 12_000,
                    types_found: 10_500,
                    tokens: 180_000,
                    tokens_found: 176_000,
                },
                lexicon: None,
                split: None,
            },
            networks,
            facts: Default::default(),
            predictions: None,
            dev: Some(scores(&mut dice, quality, place)),
            test: Some(scores(&mut dice, quality - 0.01, place)),
            dev_ceilings: Some(ceilings(&spec.data.corpus)),
            test_ceilings: Some(ceilings(&spec.data.corpus)),
            spec,
        },
        measured: Measured {
            version: "0.1.0".into(),
            git_revision: Some("0123abc".into()),
            finished_at: 1_800_000_000,
            device: "cpu".into(),
            cpu_path: "avx2".into(),
            host: "test".into(),
            train_seconds: 600.0 + 300.0 * dice.unit(),
            train_cpu_seconds: 600.0,
            train_tokens_per_second: 4000.0 + 500.0 * dice.unit() - 400.0 * place,
            evaluate_seconds: 4.0,
            peak_memory_mib: 180.0 + 20.0 * place,
            resumed: 0,
        },
        predictions: None,
    }
}

fn ceilings(corpus: &str) -> Ceilings {
    let ncbi = corpus == "ncbi-disease";
    Ceilings {
        concepts: 200,
        concepts_seen: if ncbi { 161 } else { 168 },
        oracle_tagger: Counts { tp: 160, fp: 4, fn_: 40 },
        memorizer: Counts { tp: 130, fp: 30, fn_: 70 },
    }
}

fn scores(dice: &mut Dice, quality: f64, place: f64) -> SplitScores {
    let documents: Vec<DocumentCounts> = (0..100)
        .map(|i| {
            let gold = 4 + dice.below(9);
            DocumentCounts {
                id: format!("{}", 9_000_000 + i),
                mention: dice.counts(gold, quality),
                concept: dice.counts(gold / 2, quality - 0.05),
            }
        })
        .collect();
    let mut mention = Counts::default();
    let mut concept = Counts::default();
    for document in &documents {
        mention += document.mention;
        concept += document.concept;
    }
    let more = |c: Counts| KitView { kit: c, all_documents: Counts { fp: c.fp + 3, ..c } };
    let gold = mention.tp + mention.fn_;
    let oov = [OovSubset::Iv, OovSubset::Ootv, OovSubset::Ooev, OovSubset::Oobv]
        .into_iter()
        .zip([0.9, 0.05, 0.03, 0.02])
        .enumerate()
        .map(|(i, (subset, share))| {
            let mentions = (gold as f64 * share) as u64;
            SubsetScores {
                subset,
                mentions,
                unique_strings: mentions / 2,
                unique_pairs: mentions / 2 + 3,
                counts: PerTask {
                    mer: dice.counts(mentions, quality - 0.04 * i as f64),
                    men: dice.counts(mentions, quality - 0.05 * i as f64),
                },
            }
        })
        .collect();
    let any = gold + 40;
    SplitScores {
        mention: more(mention),
        concept: more(concept),
        mention_concept: dice.counts(gold, quality - 0.1),
        token: PerTask { mer: mention, men: dice.counts(gold, quality - 0.1) },
        accuracy: PerTask { mer: 0.97, men: 0.96 },
        boundary: BoundaryInconsistency {
            spans_in_one: (any as f64 * (0.30 - 0.05 * place)) as u64,
            spans_in_any: any,
            tokens_in_one: (any as f64 * (0.20 - 0.03 * place)) as u64,
            tokens_in_any: any * 2,
        },
        oov,
        seen_concepts: concept,
        unseen_concepts: Counts { tp: 0, fp: 0, fn_: 30 },
        unaligned_mentions: 2,
        documents,
    }
}

/// What the quickstart runs: three frameworks on the small corpus.
pub fn quickstart() -> Vec<RunRecord> {
    [Framework::Pipeline, Framework::Mtl, Framework::MtlBothFeedback]
        .into_iter()
        .map(|framework| {
            let mut spec = spec("mini", framework, true, false, 1);
            spec.embedding.name = "mini-20".into();
            record(spec)
        })
        .collect()
}

/// Every neural row of Table 2, Table 3 and part of Table 4, on both corpora; three seeds for the headline rows.
pub fn paper() -> Vec<RunRecord> {
    let mut records = Vec::new();
    for corpus in PaperCorpus::ALL.map(PaperCorpus::registry_name) {
        for framework in FRAMEWORKS {
            for (characters, crf) in [(false, false), (false, true), (true, false), (true, true)] {
                let seeds = if characters && crf { 3 } else { 1 };
                records.extend((1..=seeds).map(|seed| record(spec(corpus, framework, characters, crf, seed))));
            }
        }
        for vectors in ["random-100", "glove-100"] {
            let mut other = spec(corpus, Framework::MtlBothFeedback, true, true, 1);
            other.embedding.name = vectors.to_owned();
            records.push(record(other));
        }
        let mut without = spec(corpus, Framework::MtlBothFeedback, true, true, 1);
        without.dropout.rate = 0.0;
        records.push(record(without));
    }
    records
}
