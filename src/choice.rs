//! Enums whose values are written as words in files: the words, what each means, and their reading and writing from one list.

/// One value of a choice, as files write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    pub word: &'static str,
    pub meaning: &'static str,
}

/// Declares enums whose variants carry the word that stands for them in files. The doc comment of a variant is its meaning
/// (Markdown, in the table of keys). Each enum gets `CHOICES`, all its words in order. A last variant, after `else`, takes the words that
/// are not in the list and that its type reads.
macro_rules! choices {
    ($($(#[$meta:meta])* $vis:vis enum $name:ident {
        $($(#[doc = $meaning:literal])+ $variant:ident = $word:literal,)+
        $(else $(#[doc = $about_others:literal])+ $others:ident($type:ty),)?
    })+) => { $(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        $vis enum $name {
            $($(#[doc = $meaning])+ #[serde(rename = $word)] $variant,)+
            $($(#[doc = $about_others])+ #[serde(untagged)] $others($type),)?
        }

        impl $name {
            /// Every word, in order.
            pub const CHOICES: &'static [$crate::choice::Choice] =
                &[$($crate::choice::Choice { word: $word, meaning: concat!($($meaning),+).trim_ascii() }),+];
        }
    )+ };
}

pub(crate) use choices;

/// The candidate that `name` most likely means, if any is near.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name = name.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(&name, &candidate.to_lowercase()), candidate))
        .filter(|(likeness, _)| *likeness >= 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    choices! {
        /// How much.
        enum Amount {
            /// none
            Nothing = "nothing",
            /// as much
            /// as there is
            Everything = "all",
        }
    }

    #[test]
    fn a_choice_is_read_and_written_as_its_word() {
        let words: Vec<&str> = Amount::CHOICES.iter().map(|choice| choice.word).collect();
        assert_eq!(words, ["nothing", "all"]);
        assert_eq!(Amount::CHOICES[1].meaning, "as much as there is");
        assert_eq!(serde_json::to_string(&Amount::Everything).unwrap(), "\"all\"");
        assert_eq!(serde_json::from_str::<Amount>("\"nothing\"").unwrap(), Amount::Nothing);
        assert!(serde_json::from_str::<Amount>("\"Everything\"").is_err());
    }
}
