//! The OBO Flat File Format 1.4, as far as a vocabulary needs it: terms with names, synonyms with their scope, other ids, references
//! to other vocabularies, and the terms above. Obsolete terms are left out.

use super::{Faulty, Placed};
use crate::corpus::shown;
use crate::lexicon::{Concept, LexiconFault, NameKind};

/// A stanza being read.
struct Stanza {
    line: usize,
    concept: Concept,
    name: Option<String>,
    obsolete: bool,
}

impl Stanza {
    fn close(self, read: &mut Vec<Placed>) -> Result<(), Faulty> {
        if self.obsolete {
            return Ok(());
        }
        let missing = |tag| (self.line, LexiconFault::NoTagInStanza { tag });
        if self.concept.id.is_empty() {
            return Err(missing("id"));
        }
        let name = self.name.ok_or_else(|| missing("name"))?;
        let mut concept = self.concept;
        let synonyms = std::mem::take(&mut concept.names);
        concept.add_name(&name, NameKind::Preferred);
        synonyms.iter().for_each(|synonym| concept.add_name(&synonym.text, synonym.kind));
        read.push((self.line, concept));
        Ok(())
    }
}

pub(super) fn parse(text: &str) -> Result<Vec<Placed>, Faulty> {
    let mut read = Vec::new();
    let mut open: Option<Stanza> = None;
    // Before the first stanza stand lines of the file as a whole; other stanzas than terms are of no interest.
    let mut skipping = true;
    for (at, line) in text.lines().enumerate().map(|(at, line)| (at + 1, line.trim())) {
        if line.is_empty() || line.starts_with('!') {
            continue;
        }
        if line.starts_with('[') && line.ends_with(']') {
            if let Some(stanza) = open.take() {
                stanza.close(&mut read)?;
            }
            skipping = line != "[Term]";
            open = (!skipping).then(|| Stanza { line: at, concept: Concept::default(), name: None, obsolete: false });
            continue;
        }
        let Some(stanza) = open.as_mut().filter(|_| !skipping) else { continue };
        let (tag, value) = line.split_once(':').ok_or((at, LexiconFault::NoTag))?;
        let value = value.trim();
        match tag.trim() {
            "id" => stanza.concept.id = identifier(value),
            "name" => stanza.name = Some(unescaped(without_comment(value))),
            "alt_id" => stanza.concept.alternative.push(identifier(value)),
            "is_a" => stanza.concept.parents.push(identifier(value)),
            "xref" => stanza.concept.references.push(identifier(value)),
            "is_obsolete" => stanza.obsolete = without_comment(value).trim() == "true",
            "synonym" => {
                let (text, kind) = synonym(value).map_err(|fault| (at, fault))?;
                stanza.concept.add_name(&text, kind);
            }
            _ => {}
        }
    }
    if let Some(stanza) = open {
        stanza.close(&mut read)?;
    }
    Ok(read)
}

/// An id, which ends at a blank, a trailing modifier or a comment. MeSH's and OMIM's prefixes are spelled as corpora spell them.
fn identifier(value: &str) -> String {
    let id = unescaped(value.split([' ', '{', '!']).next().unwrap_or_default());
    match id.split_once(':') {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case("mesh") || prefix.eq_ignore_ascii_case("msh") => format!("MESH:{rest}"),
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case("omim") || prefix.eq_ignore_ascii_case("mim") => format!("OMIM:{rest}"),
        _ => id,
    }
}

/// `"text" SCOPE TYPE [references]`; without a scope a synonym is RELATED.
fn synonym(value: &str) -> Result<(String, NameKind), LexiconFault> {
    let broken = || LexiconFault::Synonym { found: shown(value) };
    let quoted = value.strip_prefix('"').ok_or_else(broken)?;
    let mut escaped = false;
    let end = quoted.char_indices().find(|&(_, c)| {
        let ends = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        ends
    });
    let (end, _) = end.ok_or_else(broken)?;
    let (text, rest) = (unescaped(&quoted[..end]), &quoted[end + 1..]);
    if text.trim().is_empty() {
        return Err(broken());
    }
    let scope = rest.split(['[', '{', '!']).next().unwrap_or_default().split_whitespace().next();
    let kind = match scope {
        Some("EXACT") => NameKind::Exact,
        Some("NARROW") => NameKind::Narrow,
        Some("BROAD") => NameKind::Broad,
        Some("RELATED") | None => NameKind::Related,
        Some(other) => {
            let scopes = ["EXACT", "NARROW", "BROAD", "RELATED"];
            let near = scopes.into_iter().map(|scope| (strsim::levenshtein(scope, &other.to_uppercase()), scope)).min();
            let near = near.filter(|(distance, _)| *distance <= 2).map(|(_, scope)| scope.to_owned());
            return Err(LexiconFault::Scope { found: shown(other), near });
        }
    };
    Ok((text, kind))
}

/// `text` without a comment after ` !`; a `!` that is escaped or within a word is text.
fn without_comment(text: &str) -> &str {
    text.find(" !").map_or(text, |at| &text[..at]).trim_end()
}

/// OBO's escapes: `\n`, `\t`, `\W` (a blank), and any other character for itself.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        match c {
            '\\' => match characters.next() {
                Some('n' | 't' | 'W') => out.push(' '),
                Some(other) => out.push(other),
                None => {}
            },
            _ => out.push(c),
        }
    }
    out
}
