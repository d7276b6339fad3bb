//! A model in one file: safetensors, which other frameworks read, with a description in JSON.
//!
//! ```text
//! __metadata__  mermen-model: {"format": 1, "mermen": "0.1.0", "spec": {...}, "tags": {...}, ...}
//! digest                  U8   SHA-256 over the description and all other tensors
//! vocabulary.text         U8   the words, one behind the other, in UTF-8
//! vocabulary.ends         U32  where each ends; the embedding's words come first, sorted, then those that only training has
//! vocabulary.rows         U32  row of each; 0 is the unknown word's
//! vocabulary.vectors      F32  the rows behind those of the networks' own tables: words that training did not see
//! linker                  U8   vocabulary, training's strings and ranker of `system: lexicon` (`lexicon::Linker::to_bytes`)
//! <network>/<parameter>   F32  `both.best/words`, `mer.best-mer/lstm.0.forward.input`, ...
//! ```
//!
//! The format's number is raised whenever a file of the new kind would be misread by an older program. A new key of the specification is
//! no reason: it is in the file only where it has another value than models from before it, and an older program then refuses it by name.

use super::model::{Matrix, Model, Network, Origin, WORD_TABLE};
use super::word_rows::WordRows;
use crate::atomic_file::write_atomically;
use crate::corpus::{PerTask, TagSet, Task, task};
use crate::lexicon::{LinkError, Linker};
use crate::run::record::DataFacts;
use crate::run::spec::{RunSpec, SystemKind};
use crate::train::{ConceptTypes, Decoder, network_specs};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The format that this program writes, and the newest that it reads.
pub const FORMAT: u32 = 1;
/// The key of the description. It is the only one, since safetensors does not keep the order of several.
const KEY: &str = "mermen-model";
const DIGEST: &str = "digest";
const LINKER: &str = "linker";

/// Why a model file cannot be read or written.
#[allow(missing_docs)] // the message of a variant says what it and its fields are
#[derive(Debug, thiserror::Error)]
pub enum ModelFileError {
    #[error("cannot read the model file {}", path.display())]
    Read {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("{} is not a model file ({why}); `mermen export model` writes them", path.display())]
    NotAModel { path: PathBuf, why: String },
    #[error("{} has format {found}, made by mermen {made_by}; this is mermen {}, which reads formats up to {FORMAT}: use a newer mermen", path.display(), env!("CARGO_PKG_VERSION"))]
    Newer { path: PathBuf, found: u32, made_by: String },
    #[error("{} is damaged ({why}); copy it again, or export the run again", path.display())]
    Damaged { path: PathBuf, why: String },
    #[error("the vocabulary and ranker in {} cannot be used; make the run and its model file again with this program", path.display())]
    Linker {
        path: PathBuf,
        #[source]
        source: LinkError,
    },
    #[error("cannot write the model file {}; check that its folder is there, its permissions and the space left", path.display())]
    Write {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
}

/// What every version of the format has.
#[derive(Deserialize)]
struct Version {
    format: u32,
    #[serde(default)]
    mermen: String,
}

#[derive(Serialize, Deserialize)]
struct Description {
    format: u32,
    mermen: String,
    run_id: String,
    data: DataFacts,
    spec: RunSpec,
    dimension: usize,
    table_rows: usize,
    /// How many of the vocabulary's words are the embedding's.
    embedded: usize,
    alphabet: String,
    mer_tags: Vec<String>,
    men_tags: Vec<String>,
    concept_types: ConceptTypes,
    networks: Vec<NetworkEntry>,
}

#[derive(Serialize, Deserialize)]
struct NetworkEntry {
    name: String,
    /// `mer`, `men` or `both`
    tasks: String,
    #[serde(with = "task::pair")]
    answers: PerTask<bool>,
}

struct Tensor {
    name: String,
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl Tensor {
    fn new(name: &str, dtype: Dtype, shape: Vec<usize>, bytes: Vec<u8>) -> Self {
        Self { name: name.to_owned(), dtype, shape, bytes }
    }
}

/// Writes a model: the file is whole or not there. The same model gives the same bytes.
///
/// # Errors
/// A path that cannot be written to.
pub fn write(path: &Path, model: &Model) -> Result<(), ModelFileError> {
    let description = describe(model);
    let unfit = |why: String| ModelFileError::Damaged { path: path.to_owned(), why };
    let json = serde_json::to_string(&description).map_err(|error| unfit(error.to_string()))?;
    let mut tensors = vocabulary(&model.words);
    for network in &model.networks {
        for p in &network.parameters {
            let name = format!("{}/{}", network.name, p.name);
            tensors.push(Tensor::new(&name, Dtype::F32, vec![p.rows, p.columns], floats_to_bytes(&p.values)));
        }
    }
    if let Some(linker) = &model.linker {
        let bytes = linker.to_bytes();
        tensors.push(Tensor::new(LINKER, Dtype::U8, vec![bytes.len()], bytes));
    }
    tensors.sort_by(|a, b| a.name.cmp(&b.name));
    let parts = tensors.iter().map(|t| (t.name.as_str(), t.dtype, t.shape.as_slice(), t.bytes.as_slice()));
    let digest = digest(&json, parts);
    tensors.push(Tensor::new(DIGEST, Dtype::U8, vec![digest.len()], digest));
    let mut views = Vec::with_capacity(tensors.len());
    for t in &tensors {
        let view = TensorView::new(t.dtype, t.shape.clone(), &t.bytes).map_err(|error| unfit(error.to_string()))?;
        views.push((t.name.as_str(), view));
    }
    let file = safetensors::serialize(views, Some(HashMap::from([(KEY.to_owned(), json)]))).map_err(|error| unfit(error.to_string()))?;
    write_atomically(path, &file).map_err(|source| ModelFileError::Write { path: path.to_owned(), source })
}

fn describe(model: &Model) -> Description {
    let PerTask { mer, men } = model.decoder.tag_sets.as_ref().map(|set| set.names().to_vec());
    let entry =
        |network: &Network| NetworkEntry { name: network.name.clone(), tasks: network.spec.name.to_owned(), answers: network.answers };
    Description {
        format: FORMAT,
        mermen: model.origin.mermen.clone(),
        run_id: model.origin.run_id.clone(),
        data: model.origin.data.clone(),
        spec: model.spec.clone(),
        dimension: model.words.dimension,
        table_rows: model.words.table_rows,
        embedded: model.words.sorted(true).len(),
        alphabet: model.alphabet.iter().collect(),
        mer_tags: mer,
        men_tags: men,
        concept_types: model.concept_types.clone(),
        networks: model.networks.iter().map(entry).collect(),
    }
}

fn vocabulary(words: &WordRows) -> Vec<Tensor> {
    let (mut text, mut ends, mut rows) = (Vec::new(), Vec::new(), Vec::new());
    for (word, row) in [true, false].into_iter().flat_map(|embedded| words.sorted(embedded)) {
        text.extend(word.as_bytes());
        ends.extend((text.len() as u32).to_le_bytes());
        rows.extend(row.to_le_bytes());
    }
    let count = rows.len() / 4;
    let behind = vec![words.vectors.len() / words.dimension.max(1), words.dimension];
    vec![
        Tensor::new("vocabulary.text", Dtype::U8, vec![text.len()], text),
        Tensor::new("vocabulary.ends", Dtype::U32, vec![count], ends),
        Tensor::new("vocabulary.rows", Dtype::U32, vec![count], rows),
        Tensor::new("vocabulary.vectors", Dtype::F32, behind, floats_to_bytes(&words.vectors)),
    ]
}

/// SHA-256 over the description and the tensors in the order of their names.
fn digest<'a>(json: &str, tensors: impl Iterator<Item = (&'a str, Dtype, &'a [usize], &'a [u8])>) -> Vec<u8> {
    let mut hasher = Sha256::new();
    hasher.update((json.len() as u64).to_le_bytes());
    hasher.update(json);
    for (name, dtype, shape, bytes) in tensors {
        hasher.update(format!("\0{name}\0{dtype:?}\0{shape:?}\0"));
        hasher.update(bytes);
    }
    hasher.finalize().to_vec()
}

/// Reads a model.
///
/// # Errors
/// [`ModelFileError`]: a file that is none, is of a newer format, or has been damaged anywhere.
pub fn read(path: &Path) -> Result<Model, ModelFileError> {
    let file = std::fs::read(path).map_err(|source| ModelFileError::Read { path: path.to_owned(), source })?;
    let not_a_model = |why: &str| ModelFileError::NotAModel { path: path.to_owned(), why: why.to_owned() };
    let damaged = |why: String| ModelFileError::Damaged { path: path.to_owned(), why };
    let cut = |error: safetensors::SafeTensorError| match error {
        safetensors::SafeTensorError::MetadataIncompleteBuffer | safetensors::SafeTensorError::InvalidHeaderLength => {
            damaged("it is cut short, or too long".into())
        }
        error => not_a_model(&format!("{error}")),
    };
    let (_, metadata) = SafeTensors::read_metadata(&file).map_err(cut)?;
    let json = metadata.metadata().as_ref().and_then(|all| all.get(KEY)).ok_or_else(|| not_a_model("its header describes no model"))?;
    let version: Version = serde_json::from_str(json).map_err(|error| damaged(format!("its description: {error}")))?;
    if version.format > FORMAT {
        return Err(ModelFileError::Newer { path: path.to_owned(), found: version.format, made_by: version.mermen });
    }
    let tensors = SafeTensors::deserialize(&file).map_err(|error| damaged(error.to_string()))?;
    let mut all = tensors.tensors();
    all.sort_by(|a, b| a.0.cmp(&b.0));
    let others = all.iter().filter(|(name, _)| name != DIGEST).map(|(name, t)| (name.as_str(), t.dtype(), t.shape(), t.data()));
    let expected = tensors.tensor(DIGEST).map_err(|_| damaged("it has no digest".into()))?;
    if digest(json, others) != expected.data() {
        return Err(damaged("its digest is not that of its content".into()));
    }
    let description: Description = serde_json::from_str(json).map_err(|error| damaged(format!("its description: {error}")))?;
    let linker = match (description.spec.system, tensors.tensor(LINKER)) {
        (SystemKind::Lexicon, Err(_)) => return Err(damaged("it has no vocabulary".into())),
        (_, Err(_)) => None,
        (_, Ok(tensor)) => {
            let fault = |source| ModelFileError::Linker { path: path.to_owned(), source };
            Some(Arc::new(Linker::from_bytes(tensor.data()).map_err(fault)?))
        }
    };
    assemble(description, &tensors, linker).map_err(damaged)
}

/// The model; `Err` says what does not fit.
fn assemble(d: Description, tensors: &SafeTensors, linker: Option<Arc<Linker>>) -> Result<Model, String> {
    let tensor = |name: &str| tensors.tensor(name).map_err(|_| format!("the tensor `{name}` is missing"));
    let text = tensor("vocabulary.text")?;
    let (ends, rows) = (tensor("vocabulary.ends")?, tensor("vocabulary.rows")?);
    let (ends, rows) = (numbers(ends.data()), numbers(rows.data()));
    let mut words = Vec::with_capacity(rows.len());
    let mut start = 0;
    for (end, row) in ends.iter().zip(&rows) {
        let word = text.data().get(start..*end as usize).and_then(|word| std::str::from_utf8(word).ok());
        words.push((word.ok_or("a word ends where none can")?.to_owned(), *row));
        start = *end as usize;
    }
    if d.embedded > words.len() || ends.len() != rows.len() || d.dimension == 0 {
        return Err("its vocabulary does not have the size that it states".into());
    }
    let own = words.split_off(d.embedded);
    let vectors = tensor("vocabulary.vectors")?;
    if vectors.dtype() != Dtype::F32 || !matches!(vectors.shape(), [_, columns] if *columns == d.dimension) {
        return Err("its vectors do not have the dimension that it states".into());
    }
    let vectors = bytes_to_floats(vectors.data());
    let shape = (d.dimension, d.spec.embedding.lookup, d.table_rows);
    let words = WordRows::new(shape, vectors, words, own).map_err(|word| format!("the word `{word}` has no row, or two"))?;

    let mut networks = Vec::new();
    for entry in d.networks {
        let known = network_specs(d.spec.model.framework).into_iter().find(|spec| spec.name == entry.tasks);
        let spec = known.ok_or_else(|| format!("its framework has no network `{}`", entry.tasks))?;
        let prefix = format!("{}/", entry.name);
        let mut parameters = Vec::new();
        for (name, view) in tensors.iter() {
            let (Some(name), [rows, columns]) = (name.strip_prefix(&prefix), view.shape()) else { continue };
            if view.dtype() != Dtype::F32 {
                return Err(format!("the parameter `{name}` of `{}` is of {:?}, not F32", entry.name, view.dtype()));
            }
            if name == WORD_TABLE && (*rows, *columns) != (d.table_rows, d.dimension) {
                return Err(format!("the word table of `{}` does not have the size that it states", entry.name));
            }
            parameters.push(Matrix { name: name.to_owned(), rows: *rows, columns: *columns, values: bytes_to_floats(view.data()) });
        }
        parameters.sort_by(|a, b| a.name.cmp(&b.name));
        networks.push(Network { name: entry.name, spec, answers: entry.answers, parameters });
    }
    let answering = |task: Task| networks.iter().filter(|network| network.answers[task]).count();
    if answering(Task::Mer) != 1 || answering(Task::Men) > 1 || (answering(Task::Men) == 0 && linker.is_none()) {
        return Err("its networks do not answer for each task once".into());
    }
    Ok(Model {
        origin: Origin { run_id: d.run_id, data: d.data, mermen: d.mermen },
        words,
        alphabet: d.alphabet.chars().collect(),
        decoder: Decoder {
            tag_sets: PerTask { mer: TagSet::new(&d.mer_tags), men: TagSet::new(&d.men_tags) },
            mer_scheme: d.spec.tags.mer,
            men_scheme: d.spec.tags.men,
        },
        concept_types: d.concept_types,
        networks,
        linker,
        spec: d.spec,
    })
}

fn floats_to_bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_le_bytes()).collect()
}

fn bytes_to_floats(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)).collect()
}

fn numbers(bytes: &[u8]) -> Vec<u32> {
    bytes.as_chunks().0.iter().map(|b| u32::from_le_bytes(*b)).collect()
}
