//! Values of arguments that are words of a list.

use clap::builder::{PossibleValuesParser, TypedValueParser};

/// Reads one of a list by its name; help and errors list the names.
pub fn named<T: Copy + Send + Sync + 'static, const N: usize>(
    all: [T; N],
    name: fn(T) -> &'static str,
) -> impl TypedValueParser<Value = T> {
    PossibleValuesParser::new(all.map(name)).try_map(move |given| all.into_iter().find(|one| name(*one) == given).ok_or("no such name"))
}
