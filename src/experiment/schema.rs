//! The JSON Schema (draft 2020-12) of experiment files, made from the list of keys that the reader itself goes by.
//!
//! It says what stands in one file: names, types, ranges. What only the whole experiment tells (a value that has no effect, two
//! values that cannot go together, a file that is missing) is for `mermen run SPEC --dry-run`.

use super::spec_file::{DECIMALS, FONT_SIZES, FigureKind, KEYS_OF_SEARCH, MAX_SAMPLES, MOST_DIMENSIONS, PrintWidth, RowOrder, TableKind};
use crate::choice::Choice;
use crate::evaluate::metric::METRICS;
use crate::registry;
use crate::run::custom_corpus::CorpusFormat;
use crate::run::custom_embedding::EmbeddingFormat;
use crate::run::keys::{self, Interval, KEYS, Key, SECTIONS, ValueKind};
use crate::run::relevance::pointer;
use crate::run::spec::{RunSpec, SystemKind};
use serde_json::{Map, Value, json};

/// What each key at the top of an experiment file is for.
const TOP: [(&str, &str); 18] = [
    ("name", "names the folder of the reports; the file's own name where it is left out"),
    ("title", "heading of the reports"),
    ("description", "what the experiment is for"),
    ("extends", "a file whose keys are laid under those of this one; its path is relative to this file"),
    ("imports", "experiments whose runs belong to this one too"),
    ("defaults", "what all runs have"),
    ("matrix", "every combination of these lists is a run, the first list varying slowest"),
    ("search", "settings drawn at random, each made with each combination of the matrix"),
    ("include", "runs beside those of the matrix"),
    ("exclude", "combinations of the matrix that are left out: those where all of these hold"),
    ("runs", "runs one by one, instead of a matrix"),
    ("seeds", "each run is made with each of these"),
    ("report", "how the experiment's report is drawn; no run is made again when it changes"),
    ("claims", "claims about this experiment's runs, judged on its page: a file, or the claims themselves (docs/claims.md)"),
    ("drift", "what `mermen check` compares the scores with"),
    ("corpora", "corpora of your own, by name"),
    ("embeddings", "word vectors of your own, by name"),
    ("lexicons", "vocabularies of your own, by name"),
];

/// The schema. `systems` are the names of systems that the program registers.
pub fn experiment_file(systems: &[String]) -> Value {
    let mut definitions = Map::new();
    for form in [Form::Values, Form::Lists, Form::Space, Form::Alternative] {
        for path in SECTIONS.iter().map(|section| section.path) {
            definitions.insert(form.definition(path), section(path, form));
        }
    }
    let defaults = RunSpec::default().values();
    for key in KEYS {
        let mut leaf = leaf(key, defaults.pointer(&pointer(key.path)));
        if let Some(words) = leaf.get_mut("enum").and_then(Value::as_array_mut).filter(|_| key.kind == ValueKind::System) {
            words.extend(systems.iter().map(|name| json!(name)));
        }
        definitions.insert(key.path.into(), leaf);
        definitions.insert(format!("draw.{}", key.path), draw(key));
    }
    let properties: Map<String, Value> = TOP.iter().map(|(key, about)| ((*key).to_owned(), described(top(key), about))).collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Experiment file of mermen",
        "description": "Printed by `mermen schema`. Sections may be nested or written with dots: `model: {hidden: 100}` is `model.hidden: 100`.",
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
        "allOf": [{"not": {"required": ["matrix", "runs"]}}, {"not": {"required": ["search", "runs"]}}],
        "$defs": definitions,
    })
}

fn top(key: &str) -> Value {
    let run = reference("run");
    let trees = json!({"type": "array", "items": {"$ref": "#/$defs/run", "type": "object", "minProperties": 1}});
    match key {
        "name" => json!({"type": "string", "minLength": 1, "maxLength": 80}),
        "extends" => text(),
        "imports" => json!({"type": "array", "items": text()}),
        "defaults" => run,
        "matrix" => json!({"$ref": "#/$defs/axes", "type": "object"}),
        "search" => search(),
        "include" | "exclude" => trees,
        "runs" => json!({
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "label": {"type": "string", "description": "what tells the run from the others"},
                    "set": described(run, "what this run has beside the defaults"),
                },
                "required": ["label"],
                "additionalProperties": false,
            },
        }),
        "seeds" => json!({"type": "array", "items": {"type": "integer", "minimum": 0}, "minItems": 1, "uniqueItems": true}),
        "report" => report(),
        "claims" => json!({"anyOf": [text(), {"type": "array", "items": {"type": "object"}, "minItems": 1}, {"type": "object"}]}),
        "drift" => json!({
            "type": "object",
            "properties": {"baseline": described(text(), "file of scores (CSV), relative to this file; `mermen check SPEC --update` writes it")},
            "additionalProperties": false,
        }),
        "corpora" => json!({"type": "object", "additionalProperties": corpus(false)}),
        "embeddings" => json!({"type": "object", "additionalProperties": embedding(false)}),
        "lexicons" => json!({"type": "object", "additionalProperties": lexicon()}),
        _ => json!({"type": "string"}),
    }
}

fn report() -> Value {
    let words = |choices: &[Choice]| json!({"enum": choices.iter().map(|choice| choice.word).collect::<Vec<_>>()});
    let list = |items: Value, about: &str| json!({"description": about, "type": "array", "items": items, "uniqueItems": true});
    let meanings =
        |choices: &[Choice]| choices.iter().map(|choice| format!("`{}`: {}", choice.word, choice.meaning)).collect::<Vec<_>>().join("; ");
    let metrics = json!({"enum": METRICS.iter().map(|metric| metric.name).collect::<Vec<_>>()});
    json!({
        "type": "object",
        "properties": {
            "tables": list(words(TableKind::CHOICES), &format!("tables to draw, all where it is left out; {}", meanings(TableKind::CHOICES))),
            "figures": list(words(FigureKind::CHOICES), &format!("figures to draw, all that fit where it is left out; {}", meanings(FigureKind::CHOICES))),
            "metrics": list(metrics, "columns of the table of scores; F1 of both tasks, intervals and ceilings where it is left out"),
            "intervals": {"description": "whether scores of mentions and concepts carry their 95 % interval", "type": "boolean"},
            "order": described(words(RowOrder::CHOICES), &format!("order of rows; {}", meanings(RowOrder::CHOICES))),
            "labels": {
                "description": "what keys and values are called: `dropout.rate: {0.5: \"with dropout\"}` for values, `dropout.rate: \"dropout\"` for the key",
                "type": "object",
            },
            "caption": described(text(), "caption of the table of scores"),
            "heading": described(text(), "heading of the column that names the rows"),
            "decimals": {"description": "decimals of scores", "type": "integer", "minimum": DECIMALS.0, "maximum": DECIMALS.1},
            "size": described(words(PrintWidth::CHOICES), &format!("how wide tables and figures are printed; {}", meanings(PrintWidth::CHOICES))),
            "font_size": {"description": "size of text in figures and LaTeX tables, in points", "type": "number", "minimum": FONT_SIZES.0, "maximum": FONT_SIZES.1},
        },
        "additionalProperties": false,
    })
}

/// What is missing here may be in the file that this one extends: nothing is required.
fn search() -> Value {
    json!({
        "type": "object",
        "properties": {
            "samples": {"description": "settings to draw; more of them keep the first ones", "type": "integer", "minimum": 1, "maximum": MAX_SAMPLES},
            "seed": {"description": "what the draws start from", "type": "integer", "minimum": 0},
            "space": described(json!({"$ref": "#/$defs/space", "type": "object", "minProperties": 1}), "the keys that are drawn"),
            "settings": {
                "description": "settings that are listed instead of drawing them",
                "type": "array",
                "items": {"$ref": "#/$defs/run", "type": "object", "minProperties": 1},
                "minItems": 1,
                "uniqueItems": true,
            },
        },
        "not": {"required": [KEYS_OF_SEARCH[3]], "anyOf": KEYS_OF_SEARCH[..3].iter().map(|key| json!({"required": [key]})).collect::<Vec<_>>()},
        "additionalProperties": false,
    })
}

/// What a section's keys hold.
#[derive(Clone, Copy, PartialEq)]
enum Form {
    /// A value each.
    Values,
    /// In a matrix: a list of values.
    Lists,
    /// In the space of a search: what the value is drawn from.
    Space,
    /// In an alternative of such a space: either.
    Alternative,
}

impl Form {
    /// The name of a section's definition.
    fn definition(self, path: &str) -> String {
        let (top, below) = match self {
            Form::Values if path.is_empty() => return "run".into(),
            Form::Values => return path.into(),
            Form::Lists => ("axes", path),
            Form::Space => ("space", path),
            Form::Alternative => ("alternative", path),
        };
        if path.is_empty() { top.into() } else { format!("{top}.{below}") }
    }

    /// What stands under a path, section or key.
    fn value(self, path: &str) -> Value {
        let section = keys::is_section(path);
        match self {
            Form::Values => reference(path),
            Form::Lists if section => json!({"anyOf": [reference(&self.definition(path)), list_of(path)]}),
            Form::Lists => list_of(path),
            Form::Space | Form::Alternative if section => reference(&self.definition(path)),
            Form::Space => reference(&format!("draw.{path}")),
            Form::Alternative => json!({"anyOf": [reference(path), reference(&format!("draw.{path}"))]}),
        }
    }
}

/// A section: everything below it by its path from there, so that each part of the path may be nested or dotted.
fn section(path: &str, form: Form) -> Value {
    let below = |key: &'static str| match path {
        "" => Some(key),
        _ => key.strip_prefix(path).and_then(|rest| rest.strip_prefix('.')),
    };
    let mut properties = Map::new();
    let searched = matches!(form, Form::Space | Form::Alternative);
    if searched {
        properties.insert("choice".into(), alternatives(path));
    }
    for rest in KEYS.iter().filter_map(|key| below(key.path)) {
        for (end, _) in rest.match_indices('.').chain([(rest.len(), "")]) {
            let full = if path.is_empty() { rest[..end].to_owned() } else { format!("{path}.{}", &rest[..end]) };
            properties.insert(rest[..end].to_owned(), form.value(&full));
            if searched && keys::is_section(&full) {
                properties.insert(format!("{}.choice", &rest[..end]), alternatives(&full));
            }
        }
    }
    // Vectors of one's own are defined beside the keys that say how they are used.
    if form == Form::Values && path == "embedding" {
        properties.extend(embedding_keys());
    }
    if form == Form::Values && path.is_empty() {
        properties.extend(embedding_keys().into_iter().map(|(key, value)| (format!("embedding.{key}"), value)));
    }
    let nothing = path.is_empty() || keys::is_optional_section(path);
    let nothing = match form {
        Form::Values => nothing,
        Form::Alternative => keys::is_optional_section(path),
        Form::Lists | Form::Space => false,
    };
    let kind = if nothing { json!(["object", "null"]) } else { json!("object") };
    let about = SECTIONS.iter().find(|section| section.path == path).map_or("", |section| section.about);
    json!({"description": about, "type": kind, "properties": properties, "additionalProperties": false})
}

/// Alternatives of a section, one of which is drawn.
fn alternatives(path: &str) -> Value {
    let items = reference(&Form::Alternative.definition(path));
    json!({"description": "alternatives, one of which is drawn", "type": "array", "items": items, "minItems": 2, "uniqueItems": true})
}

/// What a key's value is drawn from.
fn draw(key: &Key) -> Value {
    let range = |about: &str| {
        let kind = if matches!(key.kind, ValueKind::Float(_) | ValueKind::FloatOrNull(_)) { "number" } else { "integer" };
        let end = json!({"$ref": format!("#/$defs/{}", key.path), "type": kind});
        json!({"description": about, "type": "array", "items": end, "minItems": 2, "maxItems": 2, "uniqueItems": true})
    };
    let mut properties = Map::new();
    properties.insert("choice".into(), described(list_of(key.path), "one of these values"));
    match key.kind {
        ValueKind::Float(_) | ValueKind::FloatOrNull(_) => {
            properties.insert("uniform".into(), range("a number between these ends"));
            properties.insert("log_uniform".into(), range("a number between these ends, its logarithm uniform"));
        }
        ValueKind::Int(..) | ValueKind::IntOrNull(..) | ValueKind::WordOrInt(..) => {
            properties.insert("int".into(), range("a whole number from the first to the second"));
        }
        _ => {}
    }
    json!({
        "description": key.about,
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
        "minProperties": 1,
        "maxProperties": 1,
    })
}

fn list_of(path: &str) -> Value {
    json!({"type": "array", "items": reference(path), "minItems": 1, "uniqueItems": true})
}

fn leaf(key: &Key, default: Option<&Value>) -> Value {
    let mut schema = described(of_kind(key.kind), key.about);
    if let (Some(map), Some(default)) = (schema.as_object_mut(), default) {
        map.insert("default".into(), default.clone());
    }
    schema
}

fn of_kind(kind: ValueKind) -> Value {
    match kind {
        ValueKind::Bool => json!({"type": "boolean"}),
        ValueKind::Int(from, to) => int(json!("integer"), from, to),
        ValueKind::IntOrNull(from, to) => int(json!(["integer", "null"]), from, to),
        ValueKind::WordOrInt(word, from, to) => json!({"anyOf": [{"const": word}, int(json!("integer"), from, to)]}),
        ValueKind::WordOrRun(word) => json!({"anyOf": [{"const": word}, {"type": "string", "pattern": "^([0-9a-f]{12}|[0-9a-f]{64})$"}]}),
        ValueKind::Ints(from, to) => json!({"type": "array", "items": int(json!("integer"), from, to), "minItems": 1}),
        ValueKind::Float(interval) => float(json!("number"), interval),
        ValueKind::FloatOrNull(interval) => float(json!(["number", "null"]), interval),
        ValueKind::OneOf(choices) => json!({"enum": choices.iter().map(|choice| choice.word).collect::<Vec<_>>()}),
        ValueKind::System => of_kind(ValueKind::OneOf(SystemKind::CHOICES)),
        ValueKind::Corpus => json!({"anyOf": [{"enum": registry::corpus_names()}, {"type": "string"}, corpus(true)]}),
        ValueKind::Embedding => json!({"anyOf": [{"enum": registry::embedding_names()}, {"type": "string"}, embedding(true)]}),
        ValueKind::Lexicon => json!({"anyOf": [{"enum": registry::lexicon_names()}, text()]}),
        ValueKind::Names => json!({"type": "array", "items": text(), "minItems": 1, "uniqueItems": true}),
    }
}

fn int(kind: Value, from: u64, to: u64) -> Value {
    let mut schema = json!({"type": kind, "minimum": from});
    if let (Some(map), true) = (schema.as_object_mut(), to < u64::MAX) {
        map.insert("maximum".into(), to.into());
    }
    schema
}

fn float(kind: Value, interval: Interval) -> Value {
    let low = if interval.open_low { "exclusiveMinimum" } else { "minimum" };
    let high = if interval.open_high { "exclusiveMaximum" } else { "maximum" };
    json!({"type": kind, low: interval.low, high: interval.high})
}

/// A corpus of one's own: in `corpora` its key is its name, where it is used it carries its name.
fn corpus(named: bool) -> Value {
    let formats: Vec<&str> = CorpusFormat::all().map(CorpusFormat::name).collect();
    let mut properties = Map::new();
    let mut required = vec!["train", "dev", "test"];
    if named {
        properties.insert("name".into(), described(text(), "how the experiment calls the corpus"));
        required.insert(0, "name");
    }
    let split = |split: &str| described(text(), &format!("file of the {split} split, relative to the experiment file"));
    for name in ["train", "dev", "test"] {
        properties.insert(name.into(), split(name));
    }
    let format = described(json!({"enum": formats, "default": "auto"}), "format of the files; `auto` is detected from their content");
    let types = json!({"type": "array", "items": {"type": "string", "minLength": 1}, "default": ["Disease"]});
    properties.insert("format".into(), format);
    properties
        .insert("entity_types".into(), described(types, "types that runs on this corpus recognise, where they do not say it themselves"));
    let normalise = json!({"type": "boolean", "default": false});
    properties.insert("normalise_ids".into(), described(normalise, "trim concept ids, and put `MESH:` before those without a prefix"));
    json!({
        "description": "a corpus of your own",
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

/// A vocabulary of one's own.
fn lexicon() -> Value {
    let files = json!({"anyOf": [text(), {"type": "array", "items": text(), "minItems": 1}]});
    let files = described(
        files,
        "a name of the registry or a file, relative to the experiment file; several are joined, the first one's ids first",
    );
    let edits = described(
        text(),
        "file of names to add and to ban, a line each: `add<TAB>ID<TAB>NAME`, `ban<TAB>ID<TAB>NAME`, `ban<TAB>*<TAB>NAME`",
    );
    json!({
        "description": "a vocabulary of your own: MEDIC's TSV, OBO, a TSV or JSON Lines with `id`, `name`, `synonyms`",
        "type": "object",
        "properties": {"files": files, "edits": edits},
        "required": ["files"],
        "additionalProperties": false,
    })
}

/// The keys of word vectors of one's own, beside their name.
fn embedding_keys() -> Map<String, Value> {
    let formats = json!({"enum": EmbeddingFormat::CHOICES.iter().map(|choice| choice.word).collect::<Vec<_>>(), "default": "auto"});
    let mut keys = Map::new();
    keys.insert("file".into(), described(text(), "file of word vectors, relative to the experiment file"));
    keys.insert("format".into(), described(formats, "how the file is written; `auto` is detected from its first lines"));
    let dimension = json!({"type": "integer", "minimum": 1, "maximum": MOST_DIMENSIONS});
    keys.insert("dimension".into(), described(dimension, "numbers a word, checked against the file"));
    keys
}

/// Word vectors of one's own: in `embeddings` the key is their name, where they are used they carry it.
fn embedding(named: bool) -> Value {
    let mut properties = Map::new();
    let mut required = vec!["file"];
    if named {
        properties.insert("name".into(), described(text(), "how the experiment calls the vectors"));
        required.insert(0, "name");
    }
    properties.extend(embedding_keys());
    json!({
        "description": "word vectors of your own",
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

fn text() -> Value {
    json!({"type": "string", "minLength": 1})
}

fn reference(path: &str) -> Value {
    json!({"$ref": format!("#/$defs/{path}")})
}

fn described(mut schema: Value, about: &str) -> Value {
    if let Some(map) = schema.as_object_mut() {
        map.shift_insert(0, "description".into(), about.into());
    }
    schema
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::spec_file;

    #[test]
    fn every_key_at_the_top_that_the_reader_knows_is_described() {
        assert_eq!(TOP.map(|(key, _)| key), spec_file::TOP);
        let own = corpus(true)["properties"].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(own, spec_file::CORPUS_KEYS);
        let own = lexicon()["properties"].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(own, spec_file::LEXICON_KEYS);
        let own = embedding(true)["properties"].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(own, spec_file::EMBEDDING_KEYS);
        let of_report = report()["properties"].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(of_report, spec_file::REPORT_KEYS);
    }
}
