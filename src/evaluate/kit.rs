//! The figures of the BioCreative V CDR evaluation kit, type by type: mention (spans with type) and id (concepts of a document).

use super::concept::concepts_of;
use super::{ConceptSet, Counts, DocumentCounts, KitView};
use crate::corpus::{Document, Mention};
use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};

/// What the BioCreative V CDR kit gives for one entity type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KitScores {
    /// Spans with type: the kit's `mention` view, the paper's Recognition.
    pub mention: KitView,
    /// Concepts, once a document: the kit's `id` view, the paper's Normalization.
    pub concept: KitView,
}

/// Scores predicted documents as the BioCreative V CDR evaluation kit does, each entity type of the gold documents by itself.
///
/// Documents are paired by their ids; predictions in documents that gold lacks are left out, and a gold document without predictions has
/// none. Only offsets, types and concept ids are compared, so that the predictions may have no text.
///
/// ```
/// let gold = "1|t|Familial gout\n1|a|It is rare.\n1\t0\t13\tFamilial gout\tDisease\tD006073\n";
/// let predicted = "1|t|Familial gout\n1|a|It is rare.\n1\t9\t13\tgout\tDisease\tD006073\n";
/// let [gold, predicted] = [gold, predicted].map(|text| mermen::corpus::parse_documents("example", text.as_bytes()).unwrap());
///
/// let scores = mermen::evaluate::kit(&gold, &predicted)["Disease"];
/// assert_eq!(scores.mention.kit.f1(), 0.0); // another span
/// assert_eq!(scores.concept.kit.f1(), 1.0); // the right concept
/// ```
pub fn kit(gold: &[Document], predicted: &[Document]) -> BTreeMap<String, KitScores> {
    let mut types: Vec<String> = gold.iter().flat_map(|document| &document.mentions).map(|mention| mention.entity_type.clone()).collect();
    sort_once(&mut types);
    let score = |entity_type: String| {
        let gold = Gold::new(gold, std::slice::from_ref(&entity_type));
        (entity_type, KitScores { mention: gold.mentions(predicted), concept: gold.concepts(predicted) })
    };
    types.into_iter().map(score).collect()
}

/// Spans with the type `entity_type`: the kit's `mention` view, the paper's Recognition.
pub fn mentions(gold: &[Document], predicted: &[Document], entity_type: &str) -> KitView {
    Gold::new(gold, &[entity_type.to_owned()]).mentions(predicted)
}

/// Concepts of mentions with the type `entity_type`, once a document: the kit's `id` view, the paper's Normalization.
pub fn concepts(gold: &[Document], predicted: &[Document], entity_type: &str) -> KitView {
    Gold::new(gold, &[entity_type.to_owned()]).concepts(predicted)
}

/// The gold side of a comparison, prepared once: an epoch's dev scores then cost no allocation of strings.
///
/// With several entity types each is scored as the kit scores one, and the counts are summed.
#[derive(Clone, Debug)]
pub struct Gold {
    pub(super) entity_types: Vec<String>,
    documents: Vec<GoldDocument>,
    place: HashMap<String, usize>,
}

/// Documents with one id count as one.
#[derive(Clone, Debug)]
struct GoldDocument {
    id: String,
    /// One entry an entity type.
    of_type: Vec<GoldAnnotations>,
}

/// Sorted, without repeats.
#[derive(Clone, Debug, Default)]
struct GoldAnnotations {
    spans: Vec<(usize, usize)>,
    concepts: Vec<String>,
}

impl Gold {
    /// Prepares the annotations of these types.
    pub fn new(documents: &[Document], entity_types: &[String]) -> Self {
        let mut gold = Self { entity_types: entity_types.to_vec(), documents: Vec::new(), place: HashMap::new() };
        for document in documents {
            let place = *gold.place.entry(document.id.clone()).or_insert_with(|| {
                let of_type = vec![GoldAnnotations::default(); entity_types.len()];
                gold.documents.push(GoldDocument { id: document.id.clone(), of_type });
                gold.documents.len() - 1
            });
            for mention in &document.mentions {
                let Some(entity_type) = gold.entity_types.iter().position(|name| *name == mention.entity_type) else { continue };
                let annotations = &mut gold.documents[place].of_type[entity_type];
                annotations.spans.push((mention.start, mention.end));
                annotations.concepts.extend(concepts_of(mention).map(str::to_owned));
            }
        }
        for annotations in gold.documents.iter_mut().flat_map(|document| &mut document.of_type) {
            sort_once(&mut annotations.spans);
            sort_once(&mut annotations.concepts);
        }
        gold
    }

    /// Number of documents, those with one id taken as one.
    pub(super) fn len(&self) -> usize {
        self.documents.len()
    }

    /// Place of a document among the gold ones, in corpus order.
    pub fn place_of(&self, id: &str) -> Option<usize> {
        self.place.get(id).copied()
    }

    /// Spans with type; see [`mentions`].
    pub fn mentions(&self, predicted: &[Document]) -> KitView {
        total(&self.mentions_by_document(predicted))
    }

    /// Concepts, once a document; see [`concepts`].
    pub fn concepts(&self, predicted: &[Document]) -> KitView {
        total(&self.concepts_by_document(predicted))
    }

    /// Kit F1 of mentions (from MER's output) and of concepts (from MEN's).
    pub fn quick_f1(&self, mer: &[Document], men: &[Document]) -> (f64, f64) {
        (self.mentions(mer).kit.f1(), self.concepts(men).kit.f1())
    }

    /// One entry a gold document, in corpus order, counted as the kit counts: the units of the bootstrap and of the tests.
    pub fn by_document(&self, mer: &[Document], men: &[Document]) -> Vec<DocumentCounts> {
        self.documents_and_totals(mer, men).0
    }

    /// As [`Self::by_document`], with the totals of [`Self::mentions`] and [`Self::concepts`].
    pub fn documents_and_totals(&self, mer: &[Document], men: &[Document]) -> (Vec<DocumentCounts>, [KitView; 2]) {
        let (mentions, concepts) = (self.mentions_by_document(mer), self.concepts_by_document(men));
        let totals = [total(&mentions), total(&concepts)];
        let counts = mentions.iter().zip(&concepts);
        let documents = self.documents.iter().zip(counts);
        let documents = documents
            .map(|(document, (mention, concept))| DocumentCounts { id: document.id.clone(), mention: mention.kit, concept: concept.kit })
            .collect();
        (documents, totals)
    }

    /// The kit's concept counts in two parts: concepts that occur in training, and the others. A gold concept belongs to its
    /// own part, a predicted one too, so that the parts add up to the whole.
    pub fn concepts_by_training(&self, predicted: &[Document], training: &ConceptSet) -> (Counts, Counts) {
        let (mut seen, mut unseen) = (Counts::default(), Counts::default());
        self.visit_concepts(predicted, |_, kept_by_kit, concept, found| {
            let part = if training.contains(concept) { &mut seen } else { &mut unseen };
            found.count_in(part, kept_by_kit);
        });
        (seen, unseen)
    }

    fn mentions_by_document(&self, predicted: &[Document]) -> Vec<KitView> {
        let mut views = vec![KitView::default(); self.documents.len()];
        self.for_each_pair(predicted, |place, entity_type, mentions| {
            let gold = &self.documents[place].of_type[entity_type].spans;
            let mut spans: Vec<(usize, usize)> = mentions.iter().map(|mention| (mention.start, mention.end)).collect();
            sort_once(&mut spans);
            merge(gold.iter().copied(), spans.into_iter(), |_, found| found.count_in_view(&mut views[place], !gold.is_empty()));
        });
        views
    }

    fn concepts_by_document(&self, predicted: &[Document]) -> Vec<KitView> {
        let mut views = vec![KitView::default(); self.documents.len()];
        self.visit_concepts(predicted, |place, kept_by_kit, _, found| found.count_in_view(&mut views[place], kept_by_kit));
        views
    }

    /// Calls `visit(document, kept by the kit, concept, where found)` for each (document, type, concept) that is in gold or predicted.
    fn visit_concepts(&self, predicted: &[Document], mut visit: impl FnMut(usize, bool, &str, InLists)) {
        self.for_each_pair(predicted, |place, entity_type, mentions| {
            let gold = &self.documents[place].of_type[entity_type].concepts;
            let mut concepts: Vec<&str> = mentions.iter().copied().flat_map(concepts_of).collect();
            sort_once(&mut concepts);
            merge(gold.iter().map(String::as_str), concepts.into_iter(), |concept, found| visit(place, !gold.is_empty(), concept, found));
        });
    }

    /// Calls `pair(document, type, predicted mentions)` once for each gold document and type. Predicted documents that gold lacks
    /// are left out.
    fn for_each_pair(&self, predicted: &[Document], mut pair: impl FnMut(usize, usize, &[&Mention])) {
        let mut by_document: Vec<Vec<&Mention>> = vec![Vec::new(); self.documents.len()];
        for document in predicted {
            if let Some(place) = self.place_of(&document.id) {
                by_document[place].extend(&document.mentions);
            }
        }
        let mut of_type = Vec::new();
        for (place, mentions) in by_document.iter().enumerate() {
            for (entity_type, name) in self.entity_types.iter().enumerate() {
                of_type.clear();
                of_type.extend(mentions.iter().copied().filter(|mention| mention.entity_type == *name));
                pair(place, entity_type, &of_type);
            }
        }
    }
}

/// Where a merge found an item.
#[derive(Clone, Copy)]
enum InLists {
    Both,
    Predicted,
    Gold,
}

impl InLists {
    /// The kit drops the predictions of documents without a gold item. There `Both` and `Gold` cannot be.
    fn count_in(self, counts: &mut Counts, kept_by_kit: bool) {
        match self {
            InLists::Both => counts.tp += 1,
            InLists::Gold => counts.fn_ += 1,
            InLists::Predicted => counts.fp += u64::from(kept_by_kit),
        }
    }

    fn count_in_view(self, view: &mut KitView, kept_by_kit: bool) {
        self.count_in(&mut view.kit, kept_by_kit);
        self.count_in(&mut view.all_documents, true);
    }
}

/// Visits the union of two sorted sequences without repeats.
fn merge<T: Ord>(gold: impl Iterator<Item = T>, predicted: impl Iterator<Item = T>, mut visit: impl FnMut(T, InLists)) {
    let (mut gold, mut predicted) = (gold.peekable(), predicted.peekable());
    loop {
        let order = match (gold.peek(), predicted.peek()) {
            (Some(g), Some(p)) => g.cmp(p),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => return,
        };
        let (item, found) = match order {
            Ordering::Less => (gold.next(), InLists::Gold),
            Ordering::Greater => (predicted.next(), InLists::Predicted),
            Ordering::Equal => {
                predicted.next();
                (gold.next(), InLists::Both)
            }
        };
        if let Some(item) = item {
            visit(item, found);
        }
    }
}

fn sort_once<T: Ord>(items: &mut Vec<T>) {
    items.sort_unstable();
    items.dedup();
}

fn total(views: &[KitView]) -> KitView {
    views.iter().fold(KitView::default(), |mut sum, view| {
        sum.kit += view.kit;
        sum.all_documents += view.all_documents;
        sum
    })
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{document, documents};
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    const D: &str = "Disease";

    fn counts(tp: u64, fp: u64, fn_: u64) -> Counts {
        Counts { tp, fp, fn_ }
    }

    #[test]
    fn repeats_count_once_and_concepts_once_a_document() {
        let gold = documents(&[("1", &[(0, 2, D, Some("D1")), (0, 2, D, Some("D1")), (3, 5, D, Some("MESH:D1|D2"))])]);
        let predicted = documents(&[("1", &[(0, 2, D, Some("D1")), (6, 8, D, Some("D2|D3")), (6, 8, D, Some("-1"))])]);
        assert_eq!(mentions(&gold, &predicted, D).kit, counts(1, 1, 1));
        assert_eq!(concepts(&gold, &predicted, D).kit, counts(2, 1, 0));
    }

    #[test]
    fn predictions_where_gold_has_nothing_of_the_type_are_dropped_by_the_kit_only() {
        let gold = documents(&[
            ("1", &[(0, 2, D, Some("D1"))]),
            ("2", &[(0, 2, "Chemical", Some("D9"))]),
            // A gold mention without concept keeps the document for mentions, not for concepts.
            ("3", &[(0, 2, D, Some("-1"))]),
        ]);
        let one = (3, 5, D, Some("D7"));
        let predicted = documents(&[("1", &[one]), ("2", &[one]), ("3", &[one]), ("not in gold", &[one])]);
        assert_eq!(mentions(&gold, &predicted, D), KitView { kit: counts(0, 2, 2), all_documents: counts(0, 3, 2) });
        assert_eq!(concepts(&gold, &predicted, D), KitView { kit: counts(0, 1, 1), all_documents: counts(0, 3, 1) });
        let by_document = Gold::new(&gold, &[D.into()]).by_document(&predicted, &predicted);
        let rows: Vec<_> = by_document.iter().map(|row| (row.id.as_str(), row.mention, row.concept)).collect();
        assert_eq!(
            rows,
            [("1", counts(0, 1, 1), counts(0, 1, 1)), ("2", counts(0, 0, 0), counts(0, 0, 0)), ("3", counts(0, 1, 1), counts(0, 0, 0))]
        );
    }

    #[test]
    fn documents_with_one_id_are_one() {
        let gold = documents(&[("1", &[(0, 2, D, Some("D1"))]), ("1", &[(0, 2, D, Some("D1")), (3, 5, D, Some("D2"))])]);
        let predicted = documents(&[("1", &[(3, 5, D, Some("D2"))]), ("1", &[(3, 5, D, Some("D2"))])]);
        assert_eq!(mentions(&gold, &predicted, D).kit, counts(1, 0, 1));
        assert_eq!(concepts(&gold, &predicted, D).kit, counts(1, 0, 1));
    }

    #[test]
    fn without_anything_the_scores_are_zero() {
        let view = mentions(&[], &[], D);
        assert_eq!(view, KitView::default());
        assert_eq!((view.kit.precision(), view.kit.recall(), view.kit.f1()), (0.0, 0.0, 0.0));
    }

    /// The definition, word for word, on owned sets.
    fn naive(gold: &[Document], predicted: &[Document], items: impl Fn(&Document) -> BTreeSet<String>) -> KitView {
        let set = |documents: &[Document]| -> BTreeSet<(String, String)> {
            documents.iter().flat_map(|document| items(document).into_iter().map(|item| (document.id.clone(), item))).collect()
        };
        let (g, p) = (set(gold), set(predicted));
        let count = |kept: BTreeSet<&str>| {
            let p: BTreeSet<_> = p.iter().filter(|(id, _)| kept.contains(id.as_str())).cloned().collect();
            counts(g.intersection(&p).count() as u64, p.difference(&g).count() as u64, g.difference(&p).count() as u64)
        };
        KitView {
            kit: count(g.iter().map(|(id, _)| id.as_str()).collect()),
            all_documents: count(gold.iter().map(|document| document.id.as_str()).collect()),
        }
    }

    fn naive_mentions(document: &Document) -> BTreeSet<String> {
        document.mentions.iter().filter(|m| m.entity_type == D).map(|m| format!("{} {}", m.start, m.end)).collect()
    }

    fn naive_concepts(document: &Document) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for concept in document.mentions.iter().filter(|m| m.entity_type == D).filter_map(|m| m.concept.as_deref()) {
            for part in concept.trim().split('|').filter(|part| !part.is_empty() && *part != "-1") {
                found.insert(if part.contains(':') { part.to_owned() } else { format!("MESH:{part}") });
            }
        }
        found
    }

    fn some_documents() -> impl Strategy<Value = Vec<Document>> {
        let concept = prop::option::of("(MESH:|OMIM:|)[1-3]|-1|| 2 |1\\|MESH:2|MESH:1\\|\\|3\\|-1|1\\+2");
        let mention = (0..4_usize, 1..3_usize, prop::sample::select(vec![D, "Chemical"]), concept);
        let mention = mention.prop_map(|(start, length, entity_type, concept)| Mention {
            start,
            end: start + length,
            entity_type: entity_type.into(),
            concept: concept.map(Into::into),
            ..Mention::default()
        });
        let annotated = (0..5_u8, prop::collection::vec(mention, 0..6));
        let annotated = annotated.prop_map(|(id, mentions)| Document { mentions, ..document(&id.to_string(), &[]) });
        prop::collection::vec(annotated, 0..6)
    }

    proptest! {
        #[test]
        fn counts_are_those_of_the_definition(gold in some_documents(), predicted in some_documents()) {
            prop_assert_eq!(mentions(&gold, &predicted, D), naive(&gold, &predicted, naive_mentions));
            prop_assert_eq!(concepts(&gold, &predicted, D), naive(&gold, &predicted, naive_concepts));
        }

        #[test]
        fn f1_is_symmetric_where_both_sides_have_the_same_documents(mut a in some_documents(), mut b in some_documents()) {
            let ids: BTreeSet<String> = a.iter().chain(&b).map(|document| document.id.clone()).collect();
            for side in [&mut a, &mut b] {
                side.extend(ids.iter().map(|id| document(id, &[])));
            }
            for score in [mentions, concepts] {
                let (there, back) = (score(&a, &b, D).all_documents, score(&b, &a, D).all_documents);
                prop_assert_eq!(counts(there.tp, there.fn_, there.fp), back);
                prop_assert_eq!(there.f1(), back.f1());
            }
        }

        #[test]
        fn parts_add_up(gold in some_documents(), mer in some_documents(), men in some_documents(), train in some_documents()) {
            let types = [D.to_owned(), "Chemical".to_owned()];
            let prepared = Gold::new(&gold, &types);
            let mut sum = (Counts::default(), Counts::default());
            for document in prepared.by_document(&mer, &men) {
                sum.0 += document.mention;
                sum.1 += document.concept;
            }
            prop_assert_eq!(sum, (prepared.mentions(&mer).kit, prepared.concepts(&men).kit));
            let (mut seen, unseen) = prepared.concepts_by_training(&men, &ConceptSet::of(&train, &types));
            seen += unseen;
            prop_assert_eq!(seen, sum.1);
            let mut of_types = mentions(&gold, &mer, D).kit;
            of_types += mentions(&gold, &mer, "Chemical").kit;
            prop_assert_eq!(of_types, sum.0);
            prop_assert_eq!(prepared.quick_f1(&mer, &men), (sum.0.f1(), sum.1.f1()));
        }
    }
}
