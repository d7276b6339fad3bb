//! The features of the ranker.

macro_rules! features {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {
        /// What the ranker knows of a candidate.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(usize)]
        pub(super) enum Feature { $($(#[$doc])* $name),* }

        /// Number of features.
        pub(super) const WIDTH: usize = [$(stringify!($name)),*].len();
        /// Their names, in order; a model file is of one list.
        pub(super) const NAMES: [&str; WIDTH] = [$(stringify!($name)),*];
    };
}

features! {
    NoConcept,
    /// How close the name is that the mention is, word for word (5 preferred name ... 1 related synonym, 0 none); as bags of stems; both
    /// over all rewritings of the mention.
    ExactWords,
    ExactBag,
    /// The same of the mention as written.
    ExactWritten,
    /// A short form of the concept in this very writing.
    ExactShortForm,
    /// Concepts that have this bag of stems.
    ExactRivals,
    /// Nearest name of the vocabulary.
    WordCosine,
    GramCosine,
    Covered,
    Covering,
    Overlap,
    Missing,
    Additional,
    NameWords,
    SameHead,
    NameKind,
    /// How near the preferred name is.
    PreferredScore,
    /// By word vectors: words that stand for one another, cosine of directions; the same of the nearest string of training.
    Meant,
    Direction,
    TrainingMeant,
    TrainingDirection,
    MeantGap,
    DirectionGap,
    BestMeant,
    BestDirection,
    /// Among the candidates: rank by the score of the nearest name, and what is lost against the best.
    Rank,
    ScoreGap,
    OverlapGap,
    /// What training says of the string: share of this target, logarithm of the count; the same of the bag of stems.
    StringShare,
    StringCount,
    BagShare,
    BagCount,
    /// Nearest string of training.
    TrainingGramCosine,
    TrainingCovered,
    TrainingOverlap,
    TrainingScoreGap,
    /// Mentions of the target in training, logarithm; share of its kind of id.
    Prior,
    KindShare,
    /// The mention.
    MentionWords,
    ShortForm,
    Expanded,
    UnknownMass,
    /// The best that any candidate has.
    BestScore,
    BestOverlap,
    BestExact,
    BestStringCount,
    /// The document: other strings in it that are this concept's name, or that of one directly above or below; the share of the name's
    /// words that the mention lacks and the document has.
    InDocument,
    NearInDocument,
    MissingInDocument,
    /// The vocabulary: number of names, of concepts above and below.
    Synonyms,
    Above,
    Below,
    /// Numbers and single letters that the mention has and the name lacks, and the other way round.
    NumbersMissing,
    NumbersAdditional,
    /// The tagger's probability.
    TaggerProbability,
    /// Where the linker proposes mentions of its own: whether it proposes this one, what share of the string's places training annotates, and
    /// how many (logarithm).
    Proposed,
    ProposedPrecision,
    ProposedCount,
}

/// Number of features of a linker that proposes no mentions: the first ones.
pub(super) const WIDTH_OF_GIVEN: usize = Feature::Proposed as usize;

/// Row of features of a candidate.
pub(super) type Row = [f32; WIDTH];
