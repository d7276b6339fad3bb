//! Models of small runs on the corpus that comes with the source.

use super::input::{Documents, InputFormat};
use super::output::{Destination, Output, OutputFormat};
use super::*;
use crate::corpus::{Document, Mention, pubtator};
use crate::experiment::lookup::RegistryData;
use crate::experiment::plan::DataLookup;
use crate::experiment::training::Training;
use crate::experiment::worker::{Detail, RunOutcome, work};
use crate::nn::Context;
use crate::nn::DeviceLocation;
use crate::nn::isa::Isa;
use crate::registry::{embedding_source, load_corpus};
use crate::run::spec::{
    CharCnnSpec, DataSpec, EmbeddingSpec, Framework, Hidden, Lookup, MenScheme, MerScheme, ModelSpec, RunSpec, Select, TestWords, TrainSpec,
};
use crate::run::store::{RunFolder, RunRequest, Store};
use crate::train::Dataset;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data")
}

/// A run of a second or less that finds something.
fn small() -> RunSpec {
    RunSpec {
        data: DataSpec { corpus: "mini".into(), limit: Some(20), ..DataSpec::default() },
        embedding: EmbeddingSpec { name: "mini-20".into(), ..EmbeddingSpec::default() },
        model: ModelSpec {
            layers: 1,
            hidden: Hidden::Units(16),
            char_cnn: Some(CharCnnSpec { dim: 4, filters: 5, window: 3 }),
            ..ModelSpec::default()
        },
        train: TrainSpec {
            epochs: 6,
            batch: 4,
            learning_rate: 0.01,
            optimizer: crate::run::spec::OptimizerKind::Adam,
            ..TrainSpec::default()
        },
        seed: 1,
        ..RunSpec::default()
    }
}

/// Makes a run in a folder of its own.
fn made(spec: &RunSpec) -> (tempfile::TempDir, RunFolder) {
    let root = tempfile::tempdir().unwrap();
    let digests = RegistryData::new(data(), BTreeMap::new()).look_up(spec).unwrap().digests;
    let request = RunRequest::new(spec.clone(), digests, None);
    let folder = RunFolder::at(root.path().join("run"));
    folder.prepare(&request).unwrap();
    let outcome = work(
        &folder,
        &Training {
            systems: &crate::baseline::Systems::default(),
            data_dir: data(),
            device: DeviceLocation::Cpu,
            isa: Isa::detect(),
            tensorboard: None,
            store: Store::new(root.path(), root.path()),
        },
        Detail::Epochs,
        &mut std::io::sink(),
        &AtomicBool::new(false),
    )
    .unwrap();
    assert_eq!(outcome, RunOutcome::Done);
    (root, folder)
}

fn model(folder: &RunFolder) -> Model {
    Model::of_run(&Context::cpu(1), folder, &data()).unwrap()
}

fn annotated(model: &Model, strategy: MergeStrategy, documents: Vec<Document>) -> Vec<Annotated> {
    Annotator::new(&Context::cpu(1), model, strategy, &Names::default()).unwrap().annotate(documents).unwrap()
}

fn test_documents(spec: &RunSpec) -> Vec<Document> {
    let mut documents = load_corpus("mini", &data()).unwrap().test;
    documents.truncate(spec.data.limit.unwrap_or(usize::MAX));
    documents.iter_mut().for_each(|document| document.mentions.clear());
    documents
}

type Span = (usize, usize, String, Option<String>);

/// What the run itself said of its test documents.
fn stored(folder: &RunFolder, task: &str) -> Vec<(String, Vec<Span>)> {
    let text = std::fs::read_to_string(folder.work_path().join(format!("test.{task}.pubtator"))).unwrap();
    let spans = |mentions: Vec<Mention>| mentions.into_iter().map(|m| (m.start, m.end, m.entity_type, m.concept.map(Into::into))).collect();
    let documents = pubtator::read("stored", &text).unwrap().into_iter().filter(|document| !document.mentions.is_empty());
    documents.map(|document| (document.id, spans(document.mentions))).collect()
}

fn spans(annotated: Vec<Annotated>) -> Vec<(String, Vec<Span>)> {
    let of = |found: Vec<Annotation>| found.into_iter().map(|a| (a.start, a.end, a.entity_type, a.concept)).collect();
    // As of the stored ones, those with mentions.
    annotated.into_iter().filter(|a| !a.annotations.is_empty()).map(|a| (a.document.id, of(a.annotations))).collect()
}

/// Every framework and strategy that takes another way from words to mentions.
fn variants() -> Vec<RunSpec> {
    let with = |change: fn(&mut RunSpec)| {
        let mut spec = small();
        change(&mut spec);
        spec
    };
    vec![
        small(),
        with(|spec| {
            spec.model.framework = Framework::Pipeline;
            spec.data.entity_types = vec!["Disease".into(), "Chemical".into()];
            (spec.tags.mer, spec.tags.men) = (MerScheme::Bioes, MenScheme::Iob2);
        }),
        with(|spec| {
            spec.train.select = Select::BestDevPerTask;
            spec.vocabulary.test_words = TestWords::Unknown;
            (spec.model.crf, spec.tags.men) = (true, MenScheme::Part);
        }),
        with(|spec| {
            spec.train.select = Select::Last;
            spec.embedding = EmbeddingSpec { name: "random-50".into(), lookup: Lookup::Exact, ..EmbeddingSpec::default() };
            spec.model.head.directions = crate::run::spec::HeadDirections::Sum;
        }),
    ]
}

#[test]
fn test_documents_get_what_the_run_itself_said_of_them() {
    for spec in variants() {
        let (_root, folder) = made(&spec);
        let model = model(&folder);
        let of = |strategy| spans(annotated(&model, strategy, test_documents(&spec)));
        let without_concepts = |mut found: Vec<(String, Vec<Span>)>| {
            found.iter_mut().flat_map(|(_, spans)| spans).for_each(|span| span.3 = None);
            found
        };
        let (mer, men) = (stored(&folder, "mer"), stored(&folder, "men"));
        assert!(!mer.is_empty() && !men.is_empty(), "{:?}: found nothing", spec.model);
        assert_eq!(without_concepts(of(MergeStrategy::Mer)), mer, "{:?}", spec.model);
        assert_eq!(of(MergeStrategy::Men), men, "{:?}", spec.model);
    }
}

#[test]
fn words_have_the_rows_that_training_gave_them() {
    for spec in variants() {
        let entry = embedding_source(&spec.embedding.name, &data()).unwrap();
        let dataset = Dataset::new(&spec, load_corpus("mini", &data()).unwrap(), &entry).unwrap();
        let rows = WordRows::of_run(&spec, &dataset, &entry.source).unwrap();
        for (at, form) in dataset.forms.iter().enumerate() {
            assert_eq!(rows.row(form), dataset.types.get(at as u32).row, "`{form}`");
        }
    }
}

#[test]
fn a_model_file_is_the_model_and_the_same_bytes_each_time() {
    for spec in variants() {
        let (root, folder) = made(&spec);
        let model = model(&folder);
        let paths = ["a", "b"].map(|name| root.path().join(name));
        paths.iter().for_each(|path| model_file::write(path, &model).unwrap());
        let bytes = paths.each_ref().map(|path| std::fs::read(path).unwrap());
        assert!(bytes[0] == bytes[1]);
        let mut read = model_file::read(&paths[0]).unwrap();
        // A file has the parameters in the order of their names.
        let mut given = model.clone();
        given.networks.iter_mut().chain(&mut read.networks).for_each(|n| n.parameters.sort_by(|a, b| a.name.cmp(&b.name)));
        assert!(read == given, "{:?}", spec.model);
        let documents = test_documents(&spec);
        assert_eq!(annotated(&read, MergeStrategy::Union, documents.clone()), annotated(&model, MergeStrategy::Union, documents));
    }
}

/// `Model::load` and `Model::annotate` need no run folder; offsets count characters of the text that was given.
#[test]
fn a_text_is_annotated_by_a_model_file_alone() {
    let spec = &variants()[0];
    let (root, folder) = made(spec);
    let path = root.path().join("model");
    model_file::write(&path, &model(&folder)).unwrap();
    let model = crate::Model::load(&path).unwrap();
    // Line ends, and characters outside ASCII before mentions.
    let text: String = test_documents(spec).iter().map(|document| format!("β {}\n", document.text())).collect();
    let found = model.annotate(&text).unwrap();
    assert!(!found.is_empty());
    let characters: Vec<char> = text.chars().collect();
    for mention in &found {
        assert_eq!(characters[mention.start..mention.end].iter().collect::<String>(), mention.text);
    }
    let document = Document { id: "1".into(), title: text.replace('\n', " "), ..Document::default() };
    assert_eq!(found, annotated(&model, MergeStrategy::Mer, vec![document]).remove(0).annotations);
    assert!(matches!(crate::Model::load(root.path().join("none")), Err(model_file::ModelFileError::Read { .. })));
}

#[test]
fn any_damage_to_a_model_file_is_found() {
    let (root, folder) = made(&small());
    let path = root.path().join("model");
    model_file::write(&path, &model(&folder)).unwrap();
    let whole = std::fs::read(&path).unwrap();
    let read = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        model_file::read(&path)
    };
    assert!(read(&whole).is_ok());
    let places = (0..200).chain((200..whole.len()).step_by(whole.len() / 199));
    for place in places.chain([whole.len() - 1]) {
        let mut damaged = whole.clone();
        damaged[place] ^= 1;
        // Blanks that fill up the header say nothing.
        if whole[place] != b' ' {
            assert!(read(&damaged).is_err(), "byte {place} of {}", whole.len());
        }
    }
    for length in [0, 7, 100, whole.len() / 2, whole.len() - 1] {
        assert!(read(&whole[..length]).is_err(), "{length} bytes of {}", whole.len());
    }
    assert!(read(&[&whole[..], b"x"].concat()).is_err());
}

/// Path and version taken out, so that a message is the same everywhere.
fn message(error: impl std::error::Error, root: &Path) -> String {
    error.to_string().replace(&root.display().to_string(), "...").replace(env!("CARGO_PKG_VERSION"), "VERSION")
}

#[test]
fn what_is_wrong_with_a_model_is_told_with_the_remedy() {
    let (root, folder) = made(&small());
    let path = root.path().join("model");
    let model = model(&folder);
    model_file::write(&path, &model).unwrap();
    let whole = std::fs::read(&path).unwrap();
    let file = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        message(model_file::read(&path).unwrap_err(), root.path())
    };
    let mut told = vec![file(b"1|t|Gout\n1|a|Rare.\n"), file(&whole[..whole.len() - 100])];
    let mut changed = whole.clone();
    let last = changed.len() - 1;
    changed[last] ^= 1;
    told.push(file(&changed));
    // As a later program would write it: the description's digits have the same place.
    let format = br#"\"format\":1,"#;
    let at = whole.windows(format.len()).position(|window| window == format).unwrap();
    let mut newer = whole.clone();
    newer[at + format.len() - 2] = b'7';
    told.push(file(&newer));
    told.push(file(&std::fs::read(folder.work_path().join("both.best.safetensors")).unwrap()));

    let runs = root.path();
    let open = |name: &str| message(Model::open(&Context::cpu(1), Path::new(name), runs, &data()).unwrap_err(), runs);
    told.push(open("0123abcd"));
    told.push(open(&runs.display().to_string()));
    std::fs::rename(folder.work_path().join("both.best.safetensors"), root.path().join("away")).unwrap();
    told.push(open(&folder.path().display().to_string()));
    std::fs::remove_file(folder.record_path()).unwrap();
    told.push(open(&folder.path().display().to_string()));
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn data_that_is_not_the_run_s_is_refused() {
    let (root, folder) = made(&small());
    let mini = root.path().join("data/mini");
    std::fs::create_dir_all(&mini).unwrap();
    for file in std::fs::read_dir(data().join("mini")).unwrap().flatten() {
        std::fs::copy(file.path(), mini.join(file.file_name())).unwrap();
    }
    let dev = std::fs::read_to_string(mini.join("dev.PubTator.txt")).unwrap();
    std::fs::write(mini.join("dev.PubTator.txt"), dev + "\n").unwrap();
    let error = Model::of_run(&Context::cpu(1), &folder, &root.path().join("data")).unwrap_err();
    assert!(matches!(&error, ModelError::OtherData { what: "corpus", .. }), "{error}");
}

/// Annotates what `text` holds, and gives what is written and told.
fn run_through(model: &Model, text: &str, settings: Settings) -> (Result<Summary, PredictError>, String, Vec<String>) {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("out");
    let documents =
        Documents::new("in", Box::new(std::io::Cursor::new(text.to_owned().into_bytes())), Some(InputFormat::PubTator)).unwrap();
    let output = Output::new(OutputFormat::JsonLines, Destination::Path(path.clone())).unwrap();
    let mut told = Vec::new();
    let summary = predict(
        || Ok(Context::cpu(1)),
        model,
        &Names::default(),
        settings,
        documents,
        output,
        &mut |error| told.push(error.to_string()),
        &AtomicBool::new(false),
    );
    (summary, std::fs::read_to_string(path).unwrap_or_default(), told)
}

fn many() -> String {
    let mut text = Vec::new();
    pubtator::write(&test_documents(&RunSpec::default()), &mut text).unwrap();
    String::from_utf8(text).unwrap().repeat(6)
}

#[test]
fn threads_do_not_change_a_byte() {
    let (_root, folder) = made(&small());
    let model = model(&folder);
    let text = many();
    let with = |threads| {
        run_through(
            &model,
            &text,
            Settings { strategy: MergeStrategy::Union, normalizer: Normalizer::Tagger, top: 0, threads, strict: false },
        )
    };
    let (one, written, told) = with(1);
    let one = one.unwrap();
    assert!(one.documents > 100 && one.mentions > 100 && told.is_empty(), "{one:?}");
    assert_eq!(written.lines().count() as u64, one.documents);
    for threads in [2, 3, 7] {
        let (summary, other, _) = with(threads);
        assert_eq!(summary.unwrap(), one);
        assert!(other == written, "{threads} threads");
    }
}

#[test]
fn a_broken_document_is_skipped_or_ends_a_strict_call() {
    let (_root, folder) = made(&small());
    let model = model(&folder);
    let text = many() + "x|t|One\nx|a|Two\nx\t0\t99\tOne\tDisease\n\n" + &many();
    for threads in [1, 3] {
        let (summary, written, told) = run_through(
            &model,
            &text,
            Settings { strategy: MergeStrategy::Mer, normalizer: Normalizer::Tagger, top: 0, threads, strict: false },
        );
        let summary = summary.unwrap();
        assert_eq!((summary.skipped, written.lines().count() as u64), (1, summary.documents));
        assert!(told.len() == 1 && told[0].contains("document x: offsets 0..99"), "{told:?}");
        let (summary, written, told) = run_through(
            &model,
            &text,
            Settings { strategy: MergeStrategy::Mer, normalizer: Normalizer::Tagger, top: 0, threads, strict: true },
        );
        assert!(matches!(summary, Err(PredictError::Input(error)) if error.is_of_one_document()));
        assert!(written.is_empty() && told.is_empty());
    }
}

#[test]
fn a_sentence_of_any_length_is_annotated() {
    let (_root, folder) = made(&small());
    let model = model(&folder);
    let documents = vec![
        Document { id: "long".into(), title: "gout and ".repeat(6000), ..Document::default() },
        Document { id: "none".into(), ..Document::default() },
        Document { id: "strange".into(), title: "\u{1F600} ß ﬁ \u{0301}".into(), ..Document::default() },
    ];
    let found = annotated(&model, MergeStrategy::MerFill, documents);
    assert_eq!(found.iter().map(|found| found.tokens).collect::<Vec<_>>(), [12_000, 0, 4]);
    for (document, annotation) in found.iter().flat_map(|found| found.annotations.iter().map(|a| (&found.document, a))) {
        let text: String = document.text().chars().take(annotation.end).skip(annotation.start).collect();
        assert_eq!(annotation.text, text);
        assert!((0.0..=1.0).contains(&annotation.mention_confidence), "{annotation:?}");
    }
}
