//! The splits that a run reads: those of the corpus or cut again, a part of them, and what of them is trained on.

use super::spec::{DataSpec, DataSplit, TrainOn};
use crate::corpus::{Corpus, Unit, resplit};
use serde::{Deserialize, Serialize};

/// What cutting a corpus again gave and lost, before `data.limit`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SplitFacts {
    /// Documents of each split; where sentences were dealt out, each is a document.
    pub train: u64,
    pub dev: u64,
    pub test: u64,
    /// Documents left out because their id is in the pool already.
    pub repeated: u64,
    /// Mentions left out because no sentence holds them whole.
    pub lost_mentions: u64,
}

/// A corpus as a run with these keys reads it, and what cutting it again gave (`None` for the corpus's own splits). Order: cut again
/// (`data.split`), the first documents of each split (`data.limit`), then what is trained on beside training (`data.train_on`).
pub fn as_read(spec: &DataSpec, corpus: Corpus) -> (Corpus, Option<SplitFacts>) {
    let (mut corpus, facts) = match spec.split {
        DataSplit::Official => (corpus, None),
        DataSplit::Documents => again(corpus, Unit::Documents, spec.split_seed),
        DataSplit::Sentences => again(corpus, Unit::Sentences, spec.split_seed),
    };
    if let Some(limit) = spec.limit {
        [&mut corpus.train, &mut corpus.dev, &mut corpus.test].into_iter().for_each(|split| split.truncate(limit));
    }
    if spec.train_on != TrainOn::Train {
        corpus.train.extend(corpus.dev.iter().cloned());
    }
    if spec.train_on == TrainOn::All {
        corpus.train.extend(corpus.test.iter().cloned());
    }
    (corpus, facts)
}

fn again(corpus: Corpus, unit: Unit, seed: u64) -> (Corpus, Option<SplitFacts>) {
    let cut = resplit(corpus, unit, seed);
    let [train, dev, test] = [&cut.corpus.train, &cut.corpus.dev, &cut.corpus.test].map(|split| split.len() as u64);
    (cut.corpus, Some(SplitFacts { train, dev, test, repeated: cut.repeated, lost_mentions: cut.lost_mentions }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::{Document, sentences};
    use crate::registry::load_corpus;
    use std::collections::BTreeSet;
    use std::path::{Path, PathBuf};

    fn mini() -> Corpus {
        load_corpus("mini", &Path::new(env!("CARGO_MANIFEST_DIR")).join("data")).unwrap()
    }

    fn sizes(corpus: &Corpus) -> [usize; 3] {
        [&corpus.train, &corpus.dev, &corpus.test].map(Vec::len)
    }

    #[test]
    fn the_corpus_s_own_splits_are_left_as_they_are() {
        let (own, facts) = as_read(&DataSpec { split_seed: 5, ..DataSpec::default() }, mini());
        assert_eq!((own, facts), (mini(), None));
    }

    #[test]
    fn a_limit_counts_documents_of_the_new_splits_and_what_is_trained_on_is_added_last() {
        let spec = DataSpec { split: DataSplit::Documents, limit: Some(3), train_on: TrainOn::All, ..DataSpec::default() };
        let (corpus, facts) = as_read(&spec, mini());
        assert_eq!(sizes(&corpus), [9, 3, 3]);
        assert_eq!([&corpus.train[3..6], &corpus.train[6..]], [&corpus.dev[..], &corpus.test[..]]);
        let [train, dev, test] = sizes(&mini()).map(|n| n as u64);
        assert_eq!(facts, Some(SplitFacts { train, dev, test, repeated: 0, lost_mentions: 0 }));
        let (corpus, _) = as_read(&DataSpec { train_on: TrainOn::TrainDev, limit: Some(3), ..DataSpec::default() }, mini());
        assert_eq!(sizes(&corpus), [6, 3, 3]);
    }

    fn real() -> Option<PathBuf> {
        let folder =
            std::env::var_os("MERMEN_DATA").map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data"), PathBuf::from);
        if !folder.join("corpora").is_dir() {
            println!("skipped: no real data (set MERMEN_DATA)");
            return None;
        }
        Some(folder)
    }

    /// Sizes as published: NCBI Disease has 592 / 100 / 100 documents (one of its 593 is there twice, which the registry mends), BC5CDR 500
    /// each.
    #[test]
    fn the_two_corpora_cut_again() {
        let Some(data) = real() else { return };
        for (name, documents) in [("ncbi-disease", [592, 100, 100]), ("bc5cdr", [500, 500, 500])] {
            let own = load_corpus(name, &data).unwrap();
            let mentions = |split: &[Document]| split.iter().map(|document| document.mentions.len() as u64).sum::<u64>();
            let all = |c: &Corpus| mentions(&c.train) + mentions(&c.dev) + mentions(&c.test);
            let cut = |split| as_read(&DataSpec { split, ..DataSpec::default() }, own.clone());

            let (by_documents, facts) = cut(DataSplit::Documents);
            assert_eq!(sizes(&by_documents), documents, "{name}");
            assert_eq!(facts.map(|facts| (facts.repeated, facts.lost_mentions)), Some((0, 0)), "{name}");
            let (by_sentences, facts) = cut(DataSplit::Sentences);
            let facts = facts.unwrap();
            let count = |split: &[Document]| split.iter().map(|document| sentences(0, document).len()).sum::<usize>();
            assert_eq!([by_sentences.dev.len(), by_sentences.test.len()], [count(&own.dev), count(&own.test)], "{name}");
            // Nothing is lost but mentions that cross the end of a sentence.
            assert_eq!(all(&by_sentences) + facts.lost_mentions, all(&by_documents), "{name}");
            println!("{name}: {facts:?}");
            assert!(facts.lost_mentions * 500 < all(&by_documents), "{name}: {facts:?}");
            let every: Vec<&Document> = by_sentences.train.iter().chain(&by_sentences.dev).chain(&by_sentences.test).collect();
            assert_eq!(every.iter().map(|document| &document.id).collect::<BTreeSet<_>>().len(), every.len(), "{name}");
            let parted = every.iter().filter(|document| sentences(0, document).len() != 1).count();
            assert_eq!(parted, 0, "{name}: sentences that are more than one by themselves");
            for mention in every.iter().flat_map(|document| document.mentions.iter().map(move |mention| (document, mention))) {
                let (document, mention) = mention;
                let text: String = document.text().chars().skip(mention.start).take(mention.end - mention.start).collect();
                // The corpora's own texts of mentions have blanks at some ends that their offsets leave out.
                assert_eq!(text.trim_end(), mention.text.trim_end(), "{name} {}", document.id);
            }
        }
    }
}
