use super::*;
use crate::corpus::Document;
use crate::corpus::statistics::{CorpusStatistics, TypeStatistics};
use crate::embedding::Source;
use std::collections::BTreeSet;
use std::path::Path;

#[test]
fn every_entry_compiled_in_is_whole() {
    let registry = Registry::built_in().unwrap();
    assert_eq!(corpus_names(), ["ncbi-disease", "bc5cdr", "mini"]);
    assert_eq!(embedding_names(), ["word2vec-50", "glove-100", "senna-50", "random-100", "random-50", "mini-20"]);
    assert!(registry.embedding("word2vec-50").unwrap().stand_in);
    for entry in &registry.embeddings {
        let files = match entry.format {
            EmbeddingFormat::Senna => 2,
            EmbeddingFormat::Random => 0,
            _ => 1,
        };
        assert_eq!(entry.paths.len(), files, "{}", entry.name);
        assert!(entry.sha256.is_empty() || entry.sha256.len() == files, "{}", entry.name);
    }
    assert!(registry.lexicon("medic").is_ok());
}

#[test]
fn unknown_names_are_told_with_the_nearest() {
    let message = load_corpus("bc5cd", Path::new(".")).unwrap_err().to_string();
    assert_eq!(message, "there is no corpus named `bc5cd`, did you mean `bc5cdr`?; known are: ncbi-disease, bc5cdr, mini");
    let message = embedding_source("zzz", Path::new(".")).unwrap_err().to_string();
    assert!(message.starts_with("there is no embedding named `zzz`; known are: word2vec-50, "), "{message}");
}

#[test]
fn missing_files_are_told_with_how_to_get_them() {
    let empty = tempfile::tempdir().unwrap();
    let message = load_corpus("ncbi-disease", empty.path()).unwrap_err().to_string();
    assert!(message.contains("NCBItrainset_corpus.txt` is missing; get the train split from https://"), "{message}");
    assert!(message.contains("--data-dir or MERMEN_DATA"), "{message}");
    let message = embedding_source("senna-50", empty.path()).unwrap_err().to_string();
    assert!(message.contains("words.lst` is missing; get the vectors from https://"), "{message}");
    assert_eq!(embedding_source("random-50", empty.path()).unwrap().source, Source::Random { dimension: 50 });
}

#[test]
fn the_whole_of_a_part_serves_where_the_part_is_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join("embeddings").join(name);
    std::fs::create_dir(folder.path().join("embeddings")).unwrap();
    std::fs::write(file("glove.6B.100d.txt"), "gout 0.1\n").unwrap();
    let found = embedding_source("glove-100", folder.path()).unwrap();
    assert_eq!((found.source, found.provenance.as_str()), (Source::Text(file("glove.6B.100d.txt")), "GloVe 6B 100d"));
    std::fs::write(file("glove.6B.100d.subset.txt.gz"), "gout 0.1\n").unwrap();
    let found = embedding_source("glove-100", folder.path()).unwrap();
    assert_eq!(found.source, Source::Text(file("glove.6B.100d.subset.txt.gz")));
    // The whole has no digest to be held to, the part has one.
    let registry = Registry::built_in().unwrap();
    let known = registry.files().into_iter().find(|known| known.name == "glove-100").unwrap();
    assert_eq!(known.check(&file("glove.6B.100d.txt")).unwrap(), FileStatus::NoDigest);
    assert!(matches!(known.check(&file("glove.6B.100d.subset.txt.gz")), Err(Mismatch::Digest { .. })));
}

#[test]
fn a_corpus_of_ones_own_is_read_from_any_three_files() {
    let folder = tempfile::tempdir().unwrap();
    let files = ["a", "b", "c"].map(|name| folder.path().join(name));
    for path in &files {
        std::fs::write(path, "1|t|Gout\n1|a|Rare.\n1\t0\t4\tGout\tModifier\t D006073\n").unwrap();
    }
    let corpus = load_files("own", &files, None, crate::corpus::Normalisation::Ncbi).unwrap();
    assert_eq!(corpus.test[0].mentions[0].concept.as_deref(), Some("MESH:D006073"));
    // Python: hashlib.sha256(open('a','rb').read() * 3).hexdigest()
    assert_eq!(corpus.sha256, bytes_sha256([std::fs::read(&files[0]).unwrap().repeat(3).as_slice()]));
    std::fs::write(&files[1], "1|t|Gout\n1\t0\t9\tGout\tDisease\n").unwrap();
    let error = load_files("own", &files, None, crate::corpus::Normalisation::None).unwrap_err();
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains("b:2: offsets 0..9 of `Gout` go past the text of document 1, which has 5 characters"), "{source}");
}

#[test]
fn sha256_is_that_of_sha256sum() {
    // printf abc | sha256sum
    let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(bytes_sha256([b"a".as_slice(), b"bc"]), expected);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("x"), "abc").unwrap();
    assert_eq!(file_sha256(&folder.path().join("x")).unwrap(), expected);
}

fn whole_concepts(documents: &[Document], entity_type: &str) -> usize {
    let of_type = documents.iter().flat_map(|d| &d.mentions).filter(|m| m.entity_type == entity_type);
    of_type.filter_map(|mention| mention.concept.as_deref()).collect::<BTreeSet<_>>().len()
}

fn mentions(documents: &[Document], entity_type: &str) -> usize {
    documents.iter().flat_map(|d| &d.mentions).filter(|m| m.entity_type == entity_type).count()
}

#[test]
fn the_real_corpora_have_the_counts_of_the_registry_and_the_known_tags() {
    let Some(data) = test_data_dir() else { return };
    for (name, tags) in [("ncbi-disease", [669, 175, 202]), ("bc5cdr", [697, 635, 674])] {
        let registry = Registry::built_in().unwrap();
        let definition = registry.corpus(name).unwrap();
        let (raw, corpus) = (load_corpus_raw(name, &data).unwrap(), load_corpus(name, &data).unwrap());
        assert_eq!(raw.sha256, corpus.sha256);
        let raw_splits = [&raw.train, &raw.dev, &raw.test];
        let splits = [&corpus.train, &corpus.dev, &corpus.test];
        for (at, (split, expected)) in definition.splits().into_iter().enumerate() {
            assert_eq!(Some(raw_splits[at].len()), expected.documents, "{name} {split}");
            // Python, over the lines: hashlib.sha256 of each document's lines and a blank one.
            assert_eq!(Some(documents_sha256(raw_splits[at])), expected.documents_sha256, "{name} {split}");
            let size = std::fs::metadata(data.join(&expected.path)).unwrap().len();
            assert_eq!(Some(size), expected.bytes, "{name} {split}");
            for (entity_type, &count) in &expected.mentions {
                // What repeated documents hold is in the raw counts only.
                let dropped = if name == "ncbi-disease" && split == SplitName::Train { 11 } else { 0 };
                assert_eq!(mentions(splits[at], entity_type), count - dropped, "{name} {split}");
            }
            assert_eq!(whole_concepts(splits[at], "Disease"), tags[at], "{name} {split}");
        }
    }
}

#[test]
fn the_kits_sample_is_the_same_in_pubtator_and_bioc() {
    let Some(data) = test_data_dir() else { return };
    let kit = data.join("evaluation-kit-sample");
    for name in ["CDR_sample.gold", "CDR_sample.test.DNER"] {
        let mut pubtator = crate::corpus::read(kit.join(format!("{name}.PubTator"))).unwrap();
        let mut bioc = crate::corpus::read(kit.join(format!("{name}.BioC.xml"))).unwrap();
        // In XML the gold file's ids and the predictions' have no prefix.
        crate::corpus::normalise(&mut pubtator, crate::corpus::Normalisation::Identifiers);
        crate::corpus::normalise(&mut bioc, crate::corpus::Normalisation::Identifiers);
        assert_eq!(pubtator, bioc);
    }
}

/// Counts found outside this program, by scripts over the files.
#[test]
fn statistics_of_the_real_corpora_are_the_known_ones() {
    let Some(data) = test_data_dir() else { return };
    let registry = Registry::built_in().unwrap();
    let statistics = ["ncbi-disease", "bc5cdr"].map(|name| {
        let raw = load_corpus_raw(name, &data).unwrap();
        let rule = registry.corpus(name).unwrap().normalisation;
        crate::corpus::statistics::corpus_statistics(name, [&raw.train, &raw.dev, &raw.test], rule)
    });
    let [ncbi, bc5cdr] = &statistics;
    let of = |corpus: &CorpusStatistics, value: fn(&TypeStatistics) -> usize| -> Vec<usize> {
        corpus.splits.iter().map(|split| value(&split.types["Disease"])).collect()
    };
    assert_eq!(of(ncbi, |t| t.mentions), [5145, 787, 960]);
    assert_eq!(of(ncbi, |t| t.concept_ids), [647, 170, 200]);
    assert_eq!(of(ncbi, |t| t.concept_ids_by_kit), [656, 172, 200]);
    assert_eq!(of(ncbi, |t| t.composite_by_bar), [93, 20, 15]);
    assert_eq!(of(ncbi, |t| t.composite_by_plus), [22, 10, 0]);
    assert_eq!(of(ncbi, TypeStatistics::unaligned), [2, 0, 0]);
    assert_eq!(ncbi.table1["Disease"].mentions_without_repeated_documents, 6881);
    assert_eq!(ncbi.table1["Disease"].concept_strings_summed, 1046);
    assert_eq!(ncbi.splits[2].types["Disease"].distinct_strings, 424);

    assert_eq!(of(bc5cdr, |t| t.mentions), [4182, 4244, 4424]);
    assert_eq!(of(bc5cdr, |t| t.concept_ids), [664, 604, 645]);
    assert_eq!(of(bc5cdr, |t| t.concept_strings), [697, 635, 674]);
    assert_eq!(of(bc5cdr, |t| t.without_concept), [32, 16, 61]);
    assert_eq!(of(bc5cdr, TypeStatistics::unaligned), [0, 0, 0]);
    assert_eq!(bc5cdr.table1["Disease"].document_concept_pairs, 5817);
    assert_eq!((bc5cdr.table1["Disease"].mentions, bc5cdr.table1["Chemical"].mentions), (12850, 15935));
    assert_eq!(bc5cdr.splits[2].types["Disease"].distinct_strings, 1474);
}

#[test]
fn the_real_files_are_written_back_line_by_line() {
    let Some(data) = test_data_dir() else { return };
    let registry = Registry::built_in().unwrap();
    let corpora = ["ncbi-disease", "bc5cdr"].into_iter().flat_map(|name| corpus_files(registry.corpus(name).unwrap(), &data).unwrap());
    let kit = ["CDR_sample.gold.PubTator", "CDR_sample.test.DNER.PubTator"].map(|name| data.join("evaluation-kit-sample").join(name));
    for path in corpora.chain(kit) {
        let text = std::fs::read_to_string(&path).unwrap();
        let documents = crate::corpus::pubtator::read("x", &text).unwrap();
        let mut out = Vec::new();
        crate::corpus::pubtator::write(&documents, &mut out).unwrap();
        let written = String::from_utf8(out).unwrap();
        let lines = |text: &str| text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect::<Vec<_>>();
        assert!(lines(&written) == lines(&text), "{}", path.display());

        let mut xml = Vec::new();
        crate::corpus::bioc_xml::write(&documents, &mut xml).unwrap();
        assert!(crate::corpus::parse_documents("x", &xml).unwrap() == documents, "{}", path.display());
    }
}
