//! Which system a run is: the rows and columns of the paper's tables, decided from the run's spec alone.

use crate::run::spec::{DataSplit, Encoder, Framework, RunSpec, SystemKind, TrainOn};

/// A corpus of the paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PaperCorpus {
    Ncbi,
    Bc5cdr,
}

impl PaperCorpus {
    pub const ALL: [Self; 2] = [Self::Ncbi, Self::Bc5cdr];

    /// As it stands in `data/paper/*.csv`.
    pub fn key(self) -> &'static str {
        match self {
            Self::Ncbi => "ncbi",
            Self::Bc5cdr => "bc5cdr",
        }
    }

    /// As the registry and specs name it.
    pub fn registry_name(self) -> &'static str {
        match self {
            Self::Ncbi => "ncbi-disease",
            Self::Bc5cdr => "bc5cdr",
        }
    }

    pub fn title(self) -> &'static str {
        match self {
            Self::Ncbi => "NCBI",
            Self::Bc5cdr => "BC5CDR",
        }
    }

    pub fn of(registry_name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.registry_name() == registry_name)
    }
}

/// The network under the heads, in the order of Table 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Network {
    Idcnn,
    IdcnnCrf,
    IdcnnCnns,
    IdcnnCnnsCrf,
    Bilstm,
    BilstmCrf,
    BilstmCnns,
    BilstmCnnsCrf,
    /// A system that is no network.
    Other(SystemKind),
}

impl Network {
    /// The four of the paper's Table 2.
    pub const PAPER: [Self; 4] = [Self::Bilstm, Self::BilstmCrf, Self::BilstmCnns, Self::BilstmCnnsCrf];

    pub fn name(&self) -> &str {
        match self {
            Self::Idcnn => "IDCNN",
            Self::IdcnnCrf => "IDCNN-CRF",
            Self::IdcnnCnns => "IDCNN-CNNs",
            Self::IdcnnCnnsCrf => "IDCNN-CNNs-CRF",
            Self::Bilstm => "Bi-LSTM",
            Self::BilstmCrf => "Bi-LSTM-CRF",
            Self::BilstmCnns => "Bi-LSTM-CNNs",
            Self::BilstmCnnsCrf => "Bi-LSTM-CNNs-CRF",
            Self::Other(kind) => kind.title(),
        }
    }
}

/// Framework and network: a row of Table 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct System {
    pub framework: Framework,
    pub network: Network,
}

pub const FRAMEWORKS: [Framework; 5] =
    [Framework::Pipeline, Framework::Mtl, Framework::MtlMenFeedback, Framework::MtlMerFeedback, Framework::MtlBothFeedback];

impl System {
    pub fn of(spec: &RunSpec) -> Self {
        if spec.system != SystemKind::Neural {
            return Self { framework: Framework::Pipeline, network: Network::Other(spec.system) };
        }
        let model = &spec.model;
        let network = match (model.encoder, model.char_cnn.is_some(), model.crf) {
            (Encoder::Idcnn, false, false) => Network::Idcnn,
            (Encoder::Idcnn, false, true) => Network::IdcnnCrf,
            (Encoder::Idcnn, true, false) => Network::IdcnnCnns,
            (Encoder::Idcnn, true, true) => Network::IdcnnCnnsCrf,
            (Encoder::Bilstm, false, false) => Network::Bilstm,
            (Encoder::Bilstm, false, true) => Network::BilstmCrf,
            (Encoder::Bilstm, true, false) => Network::BilstmCnns,
            (Encoder::Bilstm, true, true) => Network::BilstmCnnsCrf,
        };
        Self { framework: model.framework, network }
    }

    /// `MTL+Bi-LSTM-CNNs`, as the paper writes it in running text; a pipeline is named by its network alone.
    pub fn name(self) -> String {
        match self.framework {
            Framework::Pipeline => self.network.name().to_owned(),
            framework => format!("{}+{}", framework_name(framework), self.network.name()),
        }
    }
}

/// The paper's name of a framework; also the `group` of `data/paper/*.csv`.
pub fn framework_name(framework: Framework) -> &'static str {
    match framework {
        Framework::Pipeline => "pipeline",
        Framework::Mtl => "MTL",
        Framework::MtlMenFeedback => "MTL-MEN_feedback",
        Framework::MtlMerFeedback => "MTL-MER_feedback",
        Framework::MtlBothFeedback => "MTL-MEN&MER_feedback",
    }
}

/// Word vectors of Table 4, with the dimension that the paper gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Vectors {
    Random,
    Senna,
    Glove,
    Word2vec,
}

impl Vectors {
    pub const ALL: [Self; 4] = [Self::Random, Self::Senna, Self::Glove, Self::Word2vec];

    pub fn registry_name(self) -> &'static str {
        match self {
            Self::Random => "random-100",
            Self::Senna => "senna-50",
            Self::Glove => "glove-100",
            Self::Word2vec => "word2vec-50",
        }
    }

    /// As it stands in `data/paper/table4_embeddings.csv`.
    pub fn key(self) -> &'static str {
        match self {
            Self::Random => "random",
            Self::Senna => "senna",
            Self::Glove => "glove",
            Self::Word2vec => "word2vec",
        }
    }

    pub fn title(self) -> &'static str {
        match self {
            Self::Random => "Random",
            Self::Senna => "Senna",
            Self::Glove => "GloVe",
            Self::Word2vec => "Word2Vec",
        }
    }

    pub fn dimension(self) -> u64 {
        match self {
            Self::Senna | Self::Word2vec => 50,
            Self::Random | Self::Glove => 100,
        }
    }

    pub fn of(registry_name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|v| v.registry_name() == registry_name)
    }
}

/// Where a run stands in the paper's tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Row {
    pub system: System,
    pub vectors: Vectors,
    pub dropout: bool,
    pub corpus: PaperCorpus,
}

/// The row of a run, from the keys that the paper's tables vary; `None` for a run that no table of the paper has: another
/// corpus, other vectors, a trial on a part of the corpus, other splits than its own.
///
/// Rows say nothing of the other keys (learning rate, batch, ...): see [`super::setting`].
pub fn row_of(spec: &RunSpec) -> Option<Row> {
    if spec.data.limit.is_some() || spec.data.split != DataSplit::Official || spec.data.train_on == TrainOn::All {
        return None;
    }
    let corpus = PaperCorpus::of(&spec.data.corpus)?;
    // Vectors and dropout tell rows of networks apart; a system that is none, or has one inside, has one row.
    let (vectors, dropout) = match spec.system {
        SystemKind::Neural => (Vectors::of(&spec.embedding.name)?, spec.dropout.rate > 0.0),
        _ => (Vectors::Word2vec, true),
    };
    Some(Row { system: System::of(spec), vectors, dropout, corpus })
}
