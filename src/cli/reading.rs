//! Arguments that say how files are read.

use crate::corpus::{Columns, Keys, TextMismatch};
use clap::builder::{PossibleValuesParser, TypedValueParser};

#[derive(clap::Args, Clone, Debug)]
pub struct ColumnArgs {
    /// What the columns of a CoNLL file are, such as token,gold,pred: token, tag, gold, pred, concept, and _ for one that is skipped
    #[arg(long, value_name = "NAMES")]
    pub columns: Option<Columns>,
}

#[derive(clap::Args, Clone, Debug)]
pub struct KeyArgs {
    /// Key of JSON Lines that holds a document's text, or its abstract where there is a title
    #[arg(long, value_name = "KEY")]
    text_key: Option<String>,
    /// Key of JSON Lines that holds a document's id
    #[arg(long, value_name = "KEY")]
    id_key: Option<String>,
}

impl KeyArgs {
    pub fn keys(&self) -> Keys {
        Keys { id: self.id_key.clone(), text: self.text_key.clone() }
    }
}

/// Reads what is to become of annotations whose text is not the document's.
pub fn text_mismatch() -> impl TypedValueParser<Value = TextMismatch> {
    let choice = |given: String| TextMismatch::CHOICES.into_iter().find(|choice| choice.name() == given).ok_or("no such choice");
    PossibleValuesParser::new(TextMismatch::CHOICES.map(TextMismatch::name)).try_map(choice)
}
