//! Titles and abstracts: sentences drawn from the templates, their mentions noted as they are written.

use std::fmt::Write;

use super::lexicon::*;
use super::sampler::Sampler;
use super::templates;

/// Which names a document may use.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum NameUse {
    Train,
    /// Development or test: names that training never shows are met too.
    Later,
}

/// A mention as a PubTator line; offsets in Unicode scalar values.
struct Mention {
    start: usize,
    end: usize,
    text: String,
    entity_type: &'static str,
    concept: String,
    individual: Option<String>,
}

/// What one document is about.
struct Subject {
    topic: &'static Disease,
    /// The abbreviation of the topic is in use from its definition on.
    defined: bool,
    chemical: &'static Chemical,
    gene: &'static str,
    examination: (&'static str, &'static str),
    examination_defined: bool,
}

pub(super) struct Writer<'a> {
    sampler: &'a mut Sampler,
    split: NameUse,
    subject: Subject,
    text: String,
    characters: usize,
    mentions: Vec<Mention>,
    /// Chemical and effect pairs, for the relation lines.
    induced: Vec<(&'static str, &'static str)>,
    effects: Vec<&'static str>,
    /// Concepts and measures that the sentence has named, so that it names none twice.
    said: Vec<&'static str>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(sampler: &'a mut Sampler, split: NameUse) -> Self {
        let topic = draw_disease(sampler, split, &[]);
        // An examination with the topic's own abbreviation would make the text unreadable.
        let readable: Vec<_> = EXAMINATIONS.iter().copied().filter(|(_, short)| *short != topic.abbreviation).collect();
        let subject = Subject {
            topic,
            defined: false,
            chemical: sampler.one(CHEMICALS),
            gene: sampler.one::<&str>(GENES),
            examination: *sampler.one(&readable),
            examination_defined: false,
        };
        Self {
            sampler,
            split,
            subject,
            text: String::new(),
            characters: 0,
            mentions: Vec::new(),
            induced: Vec::new(),
            effects: Vec::new(),
            said: Vec::new(),
        }
    }

    /// The document in PubTator format, with the empty line that ends it.
    pub(super) fn document(mut self, id: &str) -> String {
        let titles = self.sentences(templates::TITLES, templates::LATER_TITLES);
        let title = *self.sampler.one(&titles);
        self.sentence(title);
        let title_end = self.text.len();
        let mut plan = Vec::new();
        for (low, high, sentences) in [
            (1, 1, self.sentences(templates::BACKGROUND, templates::LATER_BACKGROUND)),
            (0, 2, self.sentences(templates::MORE_BACKGROUND, &[])),
            (1, 2, self.sentences(templates::METHODS, templates::LATER_METHODS)),
            (2, 4, self.sentences(templates::RESULTS, templates::LATER_RESULTS)),
            (1, 2, self.sentences(templates::CONCLUSIONS, templates::LATER_CONCLUSIONS)),
        ] {
            let count = self.sampler.between(low, high);
            for sentence in self.sampler.some(count, &sentences) {
                if !plan.contains(sentence) {
                    plan.push(*sentence);
                }
            }
        }
        // The value of an examination is told only after the examination is.
        let told = plan.iter().position(|sentence| sentence.contains("{exam}"));
        plan.retain(|sentence| told.is_some() || !sentence.contains("{exam_short}"));
        for sentence in plan {
            self.push(" ");
            self.sentence(sentence);
        }
        self.pubtator(id, title_end)
    }

    /// The sentences that the split may use; a later one stands in the list twice, to be met often.
    fn sentences(&self, always: &[&'static str], later: &[&'static str]) -> Vec<&'static str> {
        let mut sentences = always.to_vec();
        if self.split == NameUse::Later {
            (0..2).for_each(|_| sentences.extend(later));
        }
        sentences
    }

    fn pubtator(&self, id: &str, title_end: usize) -> String {
        let (title, rest) = self.text.split_at(title_end);
        let mut out = format!("{id}|t|{title}\n{id}|a|{}\n", rest.trim_start());
        for mention in &self.mentions {
            let Mention { start, end, text, entity_type, concept, individual } = mention;
            let individual = individual.as_ref().map(|names| format!("\t{names}")).unwrap_or_default();
            // Writing to a String cannot fail.
            let _ = writeln!(out, "{id}\t{start}\t{end}\t{text}\t{entity_type}\t{concept}{individual}");
        }
        for (chemical, effect) in &self.induced {
            let _ = writeln!(out, "{id}\tCID\t{chemical}\t{effect}");
        }
        out.push('\n');
        out
    }

    fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.characters += text.chars().count();
    }

    #[cfg(test)]
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn sentence(&mut self, template: &str) {
        self.said = vec![self.subject.topic.concept];
        let mut rest = template;
        let mut first = true;
        while let Some(open) = rest.find('{') {
            let close = open + rest[open..].find('}').unwrap_or(rest.len() - open - 1);
            self.push(&rest[..open]);
            self.slot(&rest[open + 1..close], first && open == 0);
            first = false;
            rest = &rest[close + 1..];
        }
        self.push(rest);
    }

    /// Writes what stands for a slot, with a capital at the start of a sentence.
    fn slot(&mut self, slot: &str, capital: bool) {
        let family = &FAMILIES[self.subject.topic.family];
        match slot {
            "name" => self.name_of(self.subject.topic, capital),
            "defined" => self.define(capital),
            "short" if self.subject.defined && self.sampler.percent(75) => {
                self.mention(self.subject.topic.abbreviation, "Disease", self.subject.topic.concept, false)
            }
            "short" => self.name_of(self.subject.topic, capital),
            "class" => self.mention(family.class_names[0], "Disease", family.class_concept, capital),
            "classes" => self.mention(family.class_names[1], "Disease", family.class_concept, capital),
            "other" => {
                let other = draw_disease(self.sampler, self.split, &self.said);
                self.said.push(other.concept);
                self.name_of(other, capital);
            }
            "both" => self.composite(capital),
            "effect" => self.effect(capital),
            "vague" => {
                let vague = *self.sampler.one(WITHOUT_CONCEPT);
                self.mention(vague, "Disease", "-1", capital);
            }
            "chem" => {
                let name = *self.sampler.one(self.subject.chemical.names);
                self.mention(name, "Chemical", self.subject.chemical.concept, capital);
                self.relate();
            }
            _ => self.plain(slot, family, capital),
        }
    }

    /// The slots that are no mentions.
    fn plain(&mut self, slot: &str, family: &'static Family, capital: bool) {
        let (name, abbreviation) = self.subject.examination;
        let sampler = &mut *self.sampler;
        let all: Vec<_> = family.measures.iter().collect();
        let text = match slot {
            "site" => (*sampler.one(family.sites)).to_owned(),
            "measure" => {
                let unsaid: Vec<_> = family.measures.iter().filter(|measure| !self.said.contains(measure)).collect();
                let measure = sampler.one(if unsaid.is_empty() { &all } else { &unsaid });
                self.said.push(measure);
                (**measure).to_owned()
            }
            "specialist" => family.specialist.to_owned(),
            "state" => {
                let later = self.split == NameUse::Later && sampler.percent(50);
                (*sampler.one(if later { LATER_STATES } else { STATES })).to_owned()
            }
            "eponym" => (*sampler.one(EPONYMS)).to_owned(),
            "gene" => self.subject.gene.to_owned(),
            "place" => (*sampler.one(PLACES)).to_owned(),
            "species" => (*sampler.one(SPECIES)).to_owned(),
            "exam" | "exam_short" if self.subject.examination_defined => abbreviation.to_owned(),
            "exam" | "exam_short" => {
                self.subject.examination_defined = true;
                format!("{name} ({abbreviation})")
            }
            "n" => sampler.between(2, 48).to_string(),
            "pct" => sampler.between(5, 90).to_string(),
            "dec" => format!("{}.{}", sampler.between(0, 12), sampler.between(1, 9)),
            "p" => (*sampler.one(&["P < 0.05", "P < 0.001", "p = 0.02", "P ≤ 0.01"])).to_owned(),
            "locus" => format!("{}{}{}", sampler.between(1, 22), sampler.one(&["p", "q"]), sampler.between(11, 34)),
            "few" => sampler.between(2, 18).to_string(),
            "share" => {
                let of = sampler.between(5, 48);
                format!("{} of {of}", sampler.between(1, of - 1))
            }
            "onset" => {
                let (first, range) = (sampler.between(1, 20), sampler.between(4, 20));
                format!("{}.{} years (range {first}-{})", first + sampler.between(1, range - 1), sampler.between(1, 9), first + range)
            }
            "years" => {
                let first = sampler.between(1978, 2004);
                format!("{first} and {}", first + sampler.between(1, 12))
            }
            _ => unreachable!("a test writes every template, so that no slot is unknown: {slot}"),
        };
        let text = if capital { capitalised(&text) } else { text };
        self.push(&text);
    }

    fn mention(&mut self, name: &str, entity_type: &'static str, concept: &str, capital: bool) {
        let text = if capital { capitalised(name) } else { name.to_owned() };
        let start = self.characters;
        self.push(&text);
        self.mentions.push(Mention { start, end: self.characters, text, entity_type, concept: concept.to_owned(), individual: None });
    }

    fn name_of(&mut self, disease: &'static Disease, capital: bool) {
        let later = self.split == NameUse::Later && !disease.later_names.is_empty();
        let name = if disease.names.is_empty() || (later && self.sampler.percent(40)) {
            *self.sampler.one(disease.later_names)
        } else if self.sampler.percent(60) {
            disease.names[0]
        } else {
            *self.sampler.one(disease.names)
        };
        let adjective = *self.sampler.one(ADJECTIVES);
        let said = disease.names.iter().chain(disease.later_names).any(|name| name.contains(adjective));
        if !said && self.sampler.percent(15) {
            self.push(&if capital { capitalised(adjective) } else { adjective.to_owned() });
            self.push(" ");
            return self.mention(name, "Disease", disease.concept, false);
        }
        self.mention(name, "Disease", disease.concept, capital);
    }

    /// The full name and, in brackets, the abbreviation: two mentions.
    fn define(&mut self, capital: bool) {
        let topic = self.subject.topic;
        if topic.abbreviation.is_empty() {
            return self.name_of(topic, capital);
        }
        let name = topic.names.first().or(topic.later_names.first()).copied().unwrap_or_default();
        self.mention(name, "Disease", topic.concept, capital);
        self.push(" (");
        self.mention(topic.abbreviation, "Disease", topic.concept, false);
        self.push(")");
        self.subject.defined = true;
    }

    /// A composite with the topic in it, where there is one.
    fn composite(&mut self, capital: bool) {
        let with_topic = COMPOSITES.iter().find(|composite| composite.concepts.contains(&self.subject.topic.concept));
        let composite = with_topic.unwrap_or_else(|| self.sampler.one(COMPOSITES));
        self.mention(composite.text, "Disease", &composite.concepts.join("|"), capital);
        if let Some(mention) = self.mentions.last_mut() {
            mention.individual = Some(composite.individual.join("|"));
        }
    }

    fn effect(&mut self, capital: bool) {
        let effect = loop {
            let effect = self.sampler.one(ADVERSE_EFFECTS);
            if !self.said.contains(&effect.concept) {
                break effect;
            }
        };
        self.said.push(effect.concept);
        self.name_of(effect, capital);
        if !self.effects.contains(&effect.concept) {
            self.effects.push(effect.concept);
        }
        self.relate();
    }

    /// A chemical and an effect in one document stand for a relation.
    fn relate(&mut self) {
        let chemical = self.subject.chemical.concept;
        let told = self.mentions.iter().any(|mention| mention.entity_type == "Chemical");
        if told && chemical != "-1" {
            self.induced = self.effects.iter().map(|effect| (chemical, *effect)).collect();
        }
    }
}

/// A disease whose concept is not in `said`; the first of every three in the lexicon are drawn most, the last least.
fn draw_disease(sampler: &mut Sampler, split: NameUse, said: &[&str]) -> &'static Disease {
    loop {
        let index = sampler.below(DISEASES.len());
        let disease = &DISEASES[index];
        let kept = sampler.percent([100, 60, 35][index % 3]);
        let met = split == NameUse::Later || !disease.names.is_empty();
        if kept && met && !said.contains(&disease.concept) {
            return disease;
        }
    }
}

fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    match characters.next() {
        // `β-lumenol` stays as it is, as in print.
        Some(first) if first.is_ascii() => first.to_uppercase().chain(characters).collect(),
        _ => text.to_owned(),
    }
}
