//! What sets predictions apart from the gold documents that they are scored against: what the evaluation kit does not say when it counts.

use crate::corpus::{CharIndex, Document, same_text, shown};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// The documents with those of one id put together, as the kit counts them: outputs of several taggers stand one behind the other, and lines
/// without text may go from one document to the next and back. The first text of a document is the one that is kept.
pub fn joined_by_id(documents: Vec<Document>) -> Vec<Document> {
    let mut joined: Vec<Document> = Vec::with_capacity(documents.len());
    let mut places: HashMap<String, usize> = HashMap::new();
    for document in documents {
        let Some(&place) = places.get(&document.id) else {
            places.insert(document.id.clone(), joined.len());
            joined.push(document);
            continue;
        };
        let first = &mut joined[place];
        if first.title.is_empty() && first.abstract_text.is_empty() {
            (first.title, first.abstract_text) = (document.title, document.abstract_text);
        }
        // Nodes of relations count mentions of their own block.
        let before = first.mentions.len();
        first.mentions.extend(document.mentions);
        first.relations.extend(document.relations.into_iter().map(|mut relation| {
            relation.nodes.iter_mut().for_each(|node| node.mention += before);
            relation
        }));
    }
    joined
}

/// What a user should know of predictions before believing their scores, a line each, with numbers and the first case.
pub fn differences(gold: &[Document], predicted: &[Document]) -> Vec<String> {
    let mut found = Vec::new();
    let mut of_gold: HashMap<&str, &Document> = HashMap::new();
    for document in gold {
        of_gold.entry(&document.id).or_insert(document);
    }
    let of_predicted: HashSet<&str> = predicted.iter().map(|document| document.id.as_str()).collect();
    if gold.iter().all(|document| document.mentions.is_empty()) {
        found.push("gold has no mention of any type: nothing can be found in it".to_owned());
    }
    let strangers: Vec<&str> = predicted.iter().map(|document| document.id.as_str()).filter(|id| !of_gold.contains_key(id)).collect();
    if let Some(first) = strangers.first().map(|id| shown(id)) {
        let count = strangers.len();
        found.push(format!("{count} of the predicted documents are not in gold; what they hold is not counted (first: {first})"));
    }
    let mut seen = HashSet::new();
    let missing: Vec<&str> =
        gold.iter().map(|document| document.id.as_str()).filter(|id| !of_predicted.contains(id) && seen.insert(*id)).collect();
    if let Some(first) = missing.first().map(|id| shown(id)) {
        let count = missing.len();
        found
            .push(format!("{count} of the gold documents are not in the predictions; what they hold counts as not found (first: {first})"));
    }
    found.extend(texts(&of_gold, predicted));
    found.extend(types(gold, predicted));
    found
}

/// Documents whose text is not gold's, and annotations without a text of their document that are not of gold's text.
fn texts(of_gold: &HashMap<&str, &Document>, predicted: &[Document]) -> Vec<String> {
    let (mut differing, mut first_differing) = (0, None);
    let (mut misplaced, mut first_misplaced) = (0, None);
    for document in predicted {
        let Some(gold) = of_gold.get(document.id.as_str()).filter(|gold| has_text(gold)) else { continue };
        let text = gold.text();
        if has_text(document) {
            if let Some(at) = first_difference(&text, &document.text()) {
                differing += 1;
                first_differing.get_or_insert((document.id.as_str(), at));
            }
            continue;
        }
        let index = CharIndex::new(&text);
        for mention in document.mentions.iter().filter(|mention| !mention.text.is_empty()) {
            if !index.slice(mention.start, mention.end).is_some_and(|found| same_text(found, &mention.text)) {
                misplaced += 1;
                first_misplaced.get_or_insert((document.id.as_str(), mention));
            }
        }
    }
    let mut found = Vec::new();
    if let Some((id, at)) = first_differing.map(|(id, at)| (shown(id), at)) {
        found.push(format!(
            "the text of {differing} predicted document(s) is not gold's, so that offsets count in another text (first: {id}, from character {at})"
        ));
    }
    if let Some((id, mention)) = first_misplaced.map(|(id, mention)| (shown(id), mention)) {
        let (start, end) = (mention.start, mention.end);
        found.push(format!(
            "{misplaced} predicted mention(s) have another text than gold at their place; they count where their offsets say (first: {id}, {start}..{end})"
        ));
    }
    found
}

fn has_text(document: &Document) -> bool {
    !(document.title.is_empty() && document.abstract_text.is_empty())
}

/// The first character, from 0, in which two texts differ; the kind of white space and blanks at the end do not count.
fn first_difference(a: &str, b: &str) -> Option<usize> {
    let plain = |text: &str| -> Vec<char> { text.trim_end().chars().map(|c| if c.is_whitespace() { ' ' } else { c }).collect() };
    let (a, b) = (plain(a), plain(b));
    (a != b).then(|| a.iter().zip(&b).take_while(|(a, b)| a == b).count())
}

/// Types of predictions that gold does not have.
fn types(gold: &[Document], predicted: &[Document]) -> Vec<String> {
    let of_gold: BTreeSet<&str> = gold.iter().flat_map(|document| &document.mentions).map(|mention| mention.entity_type.as_str()).collect();
    let mut others: BTreeMap<&str, usize> = BTreeMap::new();
    for mention in predicted.iter().flat_map(|document| &document.mentions) {
        if !of_gold.contains(mention.entity_type.as_str()) {
            *others.entry(&mention.entity_type).or_default() += 1;
        }
    }
    let line = |(entity_type, count): (&str, usize)| {
        let nearest = nearest_type(entity_type, of_gold.iter().copied())
            .map(|near| format!("; did you mean gold's `{}`?", shown(near)))
            .unwrap_or_default();
        let entity_type = shown(entity_type);
        format!("{count} predicted mention(s) have the type `{entity_type}`, which no mention of gold has{nearest}")
    };
    others.into_iter().map(line).collect()
}

/// Types of mentions that are one of `wanted` but for case, blanks and the like: such mentions are not trained on, and not scored.
pub fn types_in_other_spelling(documents: &[Document], wanted: &[String]) -> Vec<String> {
    let plain = |name: &str| name.to_lowercase().replace(|c: char| c.is_whitespace() || matches!(c, '-' | '_'), "");
    let mut others: BTreeMap<&str, usize> = BTreeMap::new();
    for mention in documents.iter().flat_map(|document| &document.mentions).filter(|mention| !wanted.contains(&mention.entity_type)) {
        *others.entry(&mention.entity_type).or_default() += 1;
    }
    let line = |(entity_type, count): (&str, usize)| {
        let meant = wanted.iter().find(|name| plain(name) == plain(entity_type))?;
        let entity_type = shown(entity_type);
        Some(format!(
            "{count} mention(s) have the type `{entity_type}`, which is not `{meant}`: they are left out; mend the file, or say `data.entity_types`"
        ))
    };
    others.into_iter().filter_map(line).collect()
}

/// The name that is most like a word, if any is like it.
pub fn nearest_type<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |name: &str| name.trim().to_lowercase().replace([' ', '-', '_'], "");
    let wanted = plain(word);
    let scored = names.into_iter().map(|name| (strsim::jaro_winkler(&wanted, &plain(name)), name));
    scored.max_by(|a, b| a.0.total_cmp(&b.0)).filter(|(likeness, _)| *likeness > 0.8).map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{document, documents, mention};
    use super::*;

    const D: &str = "Disease";

    #[test]
    fn blocks_of_one_document_are_one() {
        let blocks = documents(&[("1", &[(0, 2, D, None)]), ("2", &[]), ("1", &[(3, 5, D, None)]), ("2", &[(6, 8, D, None)])]);
        let joined = joined_by_id(blocks);
        assert_eq!(joined, documents(&[("1", &[(0, 2, D, None), (3, 5, D, None)]), ("2", &[(6, 8, D, None)])]));
    }

    #[test]
    fn types_of_training_in_another_spelling_are_told() {
        let documents = documents(&[("1", &[(0, 2, D, None), (3, 5, "disease ", None), (6, 8, "Chemical", None)])]);
        let told = types_in_other_spelling(&documents, &[D.to_owned()]);
        assert_eq!(told.len(), 1);
        assert!(told[0].starts_with("1 mention(s) have the type `disease `, which is not `Disease`"), "{told:?}");
    }

    #[test]
    fn what_the_kit_does_not_say_is_told_with_numbers_and_the_first_case() {
        let gold = documents(&[("1", &[(0, 2, D, None)]), ("2", &[]), ("3", &[])]);
        let mut predicted = documents(&[("1", &[(0, 2, "DISEASE", None), (0, 2, "Disease ", None)]), ("9", &[])]);
        predicted[0].abstract_text = predicted[0].abstract_text.replacen(' ', "", 1);
        let mut textless = Document { id: "3".into(), ..Document::default() };
        textless.mentions = ["a0", "a1"].map(|text| crate::corpus::Mention { text: text.into(), ..mention(0, 2, D, None) }).to_vec();
        predicted.push(textless);
        insta::assert_snapshot!(differences(&gold, &predicted).join("\n"));
        assert_eq!(differences(&gold, &gold), Vec::<String>::new());
        let none = [document("1", &[])];
        assert_eq!(differences(&none, &none).len(), 1);
        assert_eq!(differences(&gold, &[]).len(), 1);
    }
}
