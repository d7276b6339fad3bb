use std::collections::HashSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use rand_core::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

use super::*;

fn file(folder: &Path, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, bytes).unwrap();
    path
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn set(words: &[&str]) -> HashSet<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// The rows as word2vec's C program writes them (a line end after each row) or as gensim does (none).
fn binary(rows: &[(&str, Vec<f32>)], dimension: usize, line_end: &[u8]) -> Vec<u8> {
    let mut bytes = format!("{} {dimension}\n", rows.len()).into_bytes();
    for (word, vector) in rows {
        bytes.extend(word.as_bytes());
        bytes.push(b' ');
        vector.iter().for_each(|number| bytes.extend(number.to_le_bytes()));
        bytes.extend(line_end);
    }
    bytes
}

#[test]
fn text_with_and_without_header_tabs_crlf_and_bom_gives_the_same_rows() {
    let folder = folder();
    let wanted = set(&["ataxia", "the"]);
    let mut expected = Embedding::new(2);
    expected.insert("the", &[0.5, -1.0]).unwrap();
    expected.insert("ataxia", &[2.0, 3e-3]).unwrap();
    expected.rows_in_source = 3;
    for (name, text) in [
        ("glove", "the 0.5 -1\nof 1 1\nataxia 2 3e-3\n"),
        ("word2vec, with the blank that it writes", "3 2\nthe 0.5 -1 \nof 1 1 \nataxia 2 3e-3 \n"),
        ("tabs", "the\t0.5\t-1\nof\t1\t1\nataxia\t2\t3e-3\n"),
        ("crlf", "3 2\r\nthe 0.5 -1\r\nof 1 1\r\nataxia 2 3e-3\r\n"),
        ("byte order mark", "\u{feff}the 0.5 -1\nof 1 1\nataxia 2 3e-3\n"),
        ("no last line end", "the 0.5 -1\nof 1 1\nataxia 2 3e-3"),
        ("empty lines", "the 0.5 -1\n\nof 1 1\n\nataxia 2 3e-3\n\n"),
    ] {
        let plain = file(folder.path(), "vectors", text);
        assert_eq!(load(&Source::Text(plain), 2, &wanted).unwrap(), expected, "{name}");
        let packed = file(folder.path(), "no-suffix", gzip(text.as_bytes()));
        assert_eq!(load(&Source::Text(packed), 2, &wanted).unwrap(), expected, "{name}, gzip");
    }
}

#[test]
fn binary_rows_are_read_with_and_without_line_ends() {
    let folder = folder();
    let rows = [("Ataxia", vec![0.25, -0.5, 1e-9]), ("β", vec![1.0, 2.0, 3.0]), ("of", vec![7.0, 8.0, 9.0])];
    for line_end in [&b"\n"[..], b""] {
        let bytes = binary(&rows, 3, line_end);
        for bytes in [gzip(&bytes), bytes] {
            let source = Source::Word2vecBinary(file(folder.path(), "vectors.bin", bytes));
            let embedding = load(&source, 3, &set(&["β", "Ataxia", "absent"])).unwrap();
            assert_eq!(embedding.words, ["Ataxia", "β"]);
            assert_eq!(embedding.vector(0), [0.25, -0.5, 1e-9]);
            assert_eq!(embedding.vector(1), [1.0, 2.0, 3.0]);
            assert_eq!(embedding.rows_in_source, 3);
        }
    }
}

#[test]
fn bytes_of_a_number_that_look_like_a_line_end_do_not_disturb() {
    let folder = folder();
    // 0x0a0a0a0a is both a float and four line ends, 0x20202020 four blanks.
    let rows = [("a", vec![f32::from_bits(0x0a0a_0a0a)]), ("b", vec![f32::from_bits(0x2020_2020)]), ("c", vec![1.0])];
    let source = Source::Word2vecBinary(file(folder.path(), "v.bin", binary(&rows, 1, b"")));
    let embedding = load(&source, 1, &set(&["a", "b", "c"])).unwrap();
    assert_eq!(embedding.vectors, [f32::from_bits(0x0a0a_0a0a), f32::from_bits(0x2020_2020), 1.0]);
}

#[test]
fn senna_joins_words_and_vectors_by_line() {
    let folder = folder();
    let words = file(folder.path(), "words.lst", "PADDING\nthe\nataxia\n");
    let vectors = file(folder.path(), "embeddings.txt", "0 0\n0.5 -1\n2 3\n");
    let embedding = load(&Source::Senna { words, vectors }, 2, &set(&["ataxia"])).unwrap();
    assert_eq!((embedding.words.as_slice(), embedding.vector(0)), (&["ataxia".to_owned()][..], &[2.0, 3.0][..]));
    assert_eq!(embedding.rows_in_source, 3);
}

#[test]
fn random_rows_are_for_every_word_within_the_bound_and_fixed() {
    let wanted: HashSet<String> = (0..500).map(|n| format!("word{n}")).collect();
    let source = Source::Random { dimension: 100 };
    let embedding = load(&source, 100, &wanted).unwrap();
    assert_eq!(embedding, load(&source, 100, &wanted.clone()).unwrap());
    assert_eq!(embedding.len(), 500);
    let bound = (3.0f32 / 100.0).sqrt();
    assert!(embedding.vectors.iter().all(|number| number.abs() <= bound));
    // Uniform in ±sqrt(3/d): mean 0, variance 1/d. 50,000 draws put the sample's within these bounds.
    let draws = embedding.vectors.len() as f32;
    let mean = embedding.vectors.iter().sum::<f32>() / draws;
    let variance = embedding.vectors.iter().map(|number| number * number).sum::<f32>() / draws;
    assert!(mean.abs() < 0.002, "{mean}");
    assert!((variance - 0.01).abs() < 0.0002, "{variance}");
    let mut other = Xoshiro256PlusPlus::seed_from_u64(RANDOM_SEED + 1);
    assert_ne!(random(100, &wanted, &mut other).vectors, embedding.vectors);
}

/// gensim 4.3: `KeyedVectors.load_word2vec_format("v.txt", no_header=True)` keeps the first row of a repeated word, with a warning; the
/// published readers of GloVe's 840B file take the last 300 columns for the vector, since it has words such as `. . .`.
#[test]
fn the_last_columns_are_the_vector_and_the_first_row_of_a_word_counts() {
    let folder = folder();
    let text = "the 1 2\n. . . 3 4\nat name@x.org 5 6\n10\u{a0}mg 7 8\nthe 9 9\nof 1 1\nthe 8 8\n";
    let source = Source::Text(file(folder.path(), "v.txt", text));
    let embedding = load(&source, 2, &set(&["the", "of", "10\u{a0}mg", ". . ."])).unwrap();
    assert_eq!((embedding.words.as_slice(), embedding.rows_in_source), (&["the", ". . .", "10\u{a0}mg", "of"].map(str::to_owned)[..], 7));
    assert_eq!((embedding.vector(0), embedding.vector(1)), (&[1.0, 2.0][..], &[3.0, 4.0][..]));
    let told = embedding.notes.join("\n").replace(&folder.path().display().to_string(), "FOLDER");
    insta::assert_snapshot!(told, @r#"
    FOLDER/v.txt: 2 row(s) have a word with blanks in it, which no token is (first: line 2, ". . ."); the last 2 columns were taken for the vector
    FOLDER/v.txt: 2 row(s) repeat a word; the first row of each counts (first: "the" at line 1 and at line 5)
    "#);

    let binary = Source::Word2vecBinary(file(folder.path(), "v.bin", binary(&[("the", vec![1.0]), ("the", vec![2.0])], 1, b"\n")));
    let words = file(folder.path(), "words.lst", "the\nof\nthe\n");
    let senna = Source::Senna { words, vectors: file(folder.path(), "vectors.txt", "1\n3\n2\n") };
    for source in [binary, senna] {
        let embedding = load(&source, 1, &set(&["the"])).unwrap();
        assert_eq!((embedding.vectors.as_slice(), embedding.notes.len()), (&[1.0][..], 1), "{source:?}");
    }
}

/// `data get` and a run take the same files for whole, and note the same of them.
#[test]
fn a_check_finds_what_loading_every_row_would() {
    let folder = folder();
    for (name, text) in [
        ("good", "the 1 2\nof 1 1\n"),
        ("blanks", "the 1 2\n. . . 3 4\nthe 5 6\n"),
        ("number", "the 1 2\nof 1 two\n"),
        ("column", "the 1 2\nof 1\nto 1 1\n"),
        ("dimension", "the 1 2 3\nof 1 2 3\n"),
    ] {
        let source = Source::Text(file(folder.path(), name, text));
        let loaded = load_where(&source, 2, &|_| true);
        match (check(&source, 2), loaded) {
            (Ok((rows, notes)), Ok(loaded)) => assert_eq!((rows, notes), (loaded.rows_in_source, loaded.notes), "{name}"),
            (Err(checked), Err(loaded)) => assert_eq!(checked.to_string(), loaded.to_string()),
            (checked, loaded) => panic!("{name}: {checked:?} {loaded:?}"),
        }
    }
}

#[test]
fn lookup_rule_and_coverage() {
    let mut embedding = Embedding::new(1);
    embedding.insert("ataxia", &[1.0]).unwrap();
    embedding.insert("HCA", &[2.0]).unwrap();
    assert_eq!(embedding.insert("HCA", &[3.0]), Err(1));
    assert_eq!(embedding.row_of("Ataxia", Lookup::ExactThenLower), Some(0));
    assert_eq!(embedding.row_of("Ataxia", Lookup::Exact), None);
    assert_eq!(embedding.row_of("hca", Lookup::ExactThenLower), None, "an upper-case row does not stand for a lower-case word");
    assert_eq!(wanted_forms(["Ataxia", "of"], Lookup::ExactThenLower), set(&["Ataxia", "ataxia", "of"]));
    assert_eq!(wanted_forms(["Ataxia", "of"], Lookup::Exact), set(&["Ataxia", "of"]));

    let tokens = ["Ataxia", "ataxia", "HCA", "of", "of"];
    let found = coverage(&embedding, tokens.into_iter(), Lookup::ExactThenLower);
    assert_eq!(found, Coverage { types: 4, types_found: 3, tokens: 5, tokens_found: 3 });
    assert_eq!(found.to_string(), "3 of 4 words (75.00 %), 3 of 5 tokens (60.00 %)");
    assert_eq!(coverage(&embedding, std::iter::empty(), Lookup::Exact).to_string(), "0 of 0 words (-), 0 of 0 tokens (-)");
}

#[test]
fn every_cut_of_a_file_whose_rows_are_counted_is_an_error() {
    let folder = folder();
    let rows: Vec<(String, Vec<f32>)> = (0..5).map(|n| (format!("word{n}"), vec![n as f32; 4])).collect();
    let rows: Vec<(&str, Vec<f32>)> = rows.iter().map(|(word, vector)| (word.as_str(), vector.clone())).collect();
    let whole = binary(&rows, 4, b"");
    for length in 0..whole.len() {
        let path = file(folder.path(), "cut.bin", &whole[..length]);
        assert!(load(&Source::Word2vecBinary(path), 4, &set(&["word1"])).is_err(), "{length} bytes");
    }
    let packed = gzip(&whole);
    for length in 0..packed.len() {
        let path = file(folder.path(), "cut.gz", &packed[..length]);
        assert!(load(&Source::Word2vecBinary(path), 4, &set(&["word1"])).is_err(), "{length} bytes");
    }
}

proptest! {
    #[test]
    fn text_and_binary_give_back_what_was_written(
        rows in prop::collection::btree_map("[a-zA-Z0-9β≤é,.'-]{1,12}", prop::collection::vec(-1e6f32..1e6, 3), 1..30),
        keep in 0usize..30,
    ) {
        let folder = folder();
        let rows: Vec<(&str, Vec<f32>)> = rows.iter().map(|(word, vector)| (word.as_str(), vector.clone())).collect();
        let wanted: HashSet<String> = rows.iter().skip(keep).map(|(word, _)| (*word).to_owned()).collect();
        let text: String = rows.iter().map(|(word, v)| format!("{word} {} {} {}\n", v[0], v[1], v[2])).collect();
        let text = file(folder.path(), "v.txt", text);
        let from_text = load(&Source::Text(text), 3, &wanted).unwrap();
        let bin = file(folder.path(), "v.bin", binary(&rows, 3, b"\n"));
        let from_binary = load(&Source::Word2vecBinary(bin), 3, &wanted).unwrap();
        prop_assert_eq!(&from_text, &from_binary);
        let kept: Vec<(&str, Vec<f32>)> = rows.iter().skip(keep).cloned().collect();
        prop_assert_eq!(from_text.words.iter().map(String::as_str).collect::<Vec<_>>(), kept.iter().map(|row| row.0).collect::<Vec<_>>());
        prop_assert_eq!(from_text.vectors, kept.into_iter().flat_map(|row| row.1).collect::<Vec<_>>());
    }

    #[test]
    fn no_bytes_make_a_loader_panic(bytes in prop::collection::vec(prop::sample::select(b"12 .-e\n\r\tab\x00\x1f\x8b\xff".to_vec()), 0..200)) {
        let folder = folder();
        let path = file(folder.path(), "v", bytes);
        let wanted = set(&["a", "b", "ab", "1"]);
        for dimension in 1..3 {
            let _ = load(&Source::Text(path.clone()), dimension, &wanted);
            let _ = load(&Source::Word2vecBinary(path.clone()), dimension, &wanted);
            let _ = load(&Source::Senna { words: path.clone(), vectors: path.clone() }, dimension, &wanted);
        }
    }
}

/// The folder of real data: `$MERMEN_DATA`, or `shared/data` beside the checkout.
fn real(name: &str) -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let path = std::env::var_os("MERMEN_DATA").map_or_else(beside, PathBuf::from).join("embeddings").join(name);
    if !path.exists() {
        eprintln!("skipped: no real data (set MERMEN_DATA)");
        return None;
    }
    Some(path)
}

/// Known values by Python, without this crate, rounded to `f32`:
/// ```python
/// import struct
/// f = open("pmc-w2v-50.bin", "rb"); print(f.readline())
/// for i in range(182085):
///     w = b""
///     while (c := f.read(1)) != b" ": w += c
///     v = struct.unpack("50f", f.read(200))
///     if w.strip() in (b"ataxia", b"Ataxia"): print(w.strip(), v[0], v[49])
/// ```
#[test]
fn real_word2vec_binary() {
    let Some(path) = real("pmc-w2v-50.bin") else { return };
    let embedding = load(&Source::Word2vecBinary(path), 50, &set(&["ataxia", "Ataxia", "zzzzz"])).unwrap();
    assert_eq!(embedding.rows_in_source, 182_085);
    assert_eq!(embedding.words, ["ataxia", "Ataxia"]);
    assert_eq!([embedding.vector(0)[0], embedding.vector(0)[49]], [-0.4432937, -0.30011812]);
    assert_eq!([embedding.vector(1)[0], embedding.vector(1)[49]], [-0.34090114, -0.7045204]);
}

/// Known values by `zcat glove.6B.100d.subset.txt.gz | grep -n '^ataxia '` and `| wc -l`.
#[test]
fn real_glove_gzip() {
    let Some(path) = real("glove.6B.100d.subset.txt.gz") else { return };
    let source = Source::Text(path);
    let embedding = load(&source, 100, &wanted_forms(["Ataxia", "zzzzz"], Lookup::ExactThenLower)).unwrap();
    assert_eq!(embedding.rows_in_source, 46_092);
    assert_eq!(embedding.row_of("Ataxia", Lookup::ExactThenLower), Some(0));
    assert_eq!([embedding.vector(0)[0], embedding.vector(0)[99]], [-0.13471, -0.97825]);
    let error = load(&source, 50, &HashSet::new()).unwrap_err();
    assert!(matches!(error, EmbeddingError::Dimension { found: 100, expected: 50, .. }), "{error}");
}
