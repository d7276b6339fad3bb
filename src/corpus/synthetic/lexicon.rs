//! The invented vocabulary: diseases, chemicals and the words around them.
//!
//! No disease here exists. Concept ids lie in ranges that MeSH and OMIM do not use: `MESH:D9000xx` for diseases,
//! `MESH:D9001xx` for the classes above them, `MESH:D950xxx` for chemicals, `OMIM:9900xx` for the rest.

/// One concept with its names.
pub(super) struct Disease {
    pub(super) concept: &'static str,
    /// Index in [`FAMILIES`].
    pub(super) family: usize,
    /// Empty where the disease has none. Some stand for more than one thing.
    pub(super) abbreviation: &'static str,
    /// Names used in every split. A disease without any is met in the development and test splits only.
    pub(super) names: &'static [&'static str],
    /// Names met in the development and test splits only.
    pub(super) later_names: &'static [&'static str],
}

/// Diseases of one organ.
pub(super) struct Family {
    /// The class above its diseases, singular and plural, and the concept of that class.
    pub(super) class_names: [&'static str; 2],
    pub(super) class_concept: &'static str,
    pub(super) sites: &'static [&'static str],
    /// Things measured that share words with names of diseases but are none.
    pub(super) measures: &'static [&'static str],
    pub(super) specialist: &'static str,
}

pub(super) struct Chemical {
    pub(super) concept: &'static str,
    pub(super) names: &'static [&'static str],
}

/// A mention of two diseases that share words.
pub(super) struct Composite {
    pub(super) text: &'static str,
    pub(super) concepts: [&'static str; 2],
    pub(super) individual: [&'static str; 2],
}

macro_rules! diseases {
    ($($concept:literal $family:literal $abbreviation:literal [$($name:literal),*] [$($later:literal),*];)*) => {
        &[$(Disease { concept: $concept, family: $family, abbreviation: $abbreviation, names: &[$($name),*], later_names: &[$($later),*] }),*]
    };
}

#[rustfmt::skip]
pub(super) const DISEASES: &[Disease] = diseases! {
    "MESH:D900001" 0 "HCA" ["hereditary cortical ataxia", "familial cortical ataxia", "Valdorff disease"] ["Valdorff ataxia", "inherited cortical ataxia"];
    "MESH:D900002" 0 "ECA" ["episodic cortical ataxia", "paroxysmal cortical ataxia"] ["recurrent cortical ataxia"];
    "MESH:D900003" 0 "PTS" ["pallidal tremor syndrome", "Kestrin tremor"] ["Kestrin syndrome"];
    "MESH:D900004" 0 "NAD" ["nocturnal axial dystonia", "axial dystonia"] [];
    "MESH:D900005" 1 "JAN" ["juvenile axonal neuropathy", "Morrelli neuropathy"] ["childhood axonal neuropathy"];
    "MESH:D900006" 1 "SFN" ["sensory fibre neuropathy", "painful fibre neuropathy"] ["sensory fiber neuropathy"];
    "MESH:D900007" 1 "OSN" ["optic sheath neuritis", "neuritis of the optic sheath"] ["perioptic neuritis"];
    "MESH:D900008" 2 "MLD" ["myotonic limb dystrophy", "Oskarsen dystrophy"] ["limb myotonia"];
    "MESH:D900009" 2 "DLD" ["distal limb dystrophy", "distal muscular dystrophy"] [];
    "MESH:D900010" 2 "VAM" ["vacuolar myopathy", "myopathy with vacuoles"] ["vacuolated myopathy"];
    "MESH:D900011" 2 "CGM" ["congenital granular myopathy", "granular myopathy"] [];
    "MESH:D900012" 3 "HCA" ["hypertrophic conduction arrhythmia", "Halvard arrhythmia"] ["Halvard syndrome"];
    "MESH:D900013" 3 "FSC" ["familial septal cardiomyopathy", "septal cardiomyopathy"] ["inherited septal cardiomyopathy"];
    "MESH:D900014" 3 "AST" ["atrial scar tachycardia", "scar tachycardia"] [];
    "MESH:D900015" 4 "RDS" ["renal dysplasia syndrome", "Perrault-Lind dysplasia"] ["dysplasia of the kidney"];
    "MESH:D900016" 4 "TCN" ["tubular cystic nephropathy", "cystic nephropathy"] ["polycystic tubulopathy"];
    "MESH:D900017" 4 "" ["glomerular fibrosis", "fibrosis of the glomeruli"] [];
    "MESH:D900018" 5 "RDS" ["retinal drusen syndrome", "familial drusen"] ["hereditary drusen"];
    "MESH:D900019" 5 "MPD" ["macular pigment dystrophy", "pigment dystrophy of the macula"] [];
    "MESH:D900020" 5 "CLO" ["congenital lens opacity", "Brandt cataract"] ["lenticular opacity"];
    "MESH:D900021" 6 "HSA" ["hemolytic storage anemia", "storage anemia"] ["haemolytic storage anaemia"];
    "MESH:D900022" 6 "" ["sideropenic spherocytosis", "spherocytosis"] ["Grauwald spherocytosis"];
    "MESH:D900023" 6 "PFD" ["plasma factor deficiency", "factor XV deficiency"] [];
    "MESH:D900024" 7 "LFC" ["lymphoid follicular carcinoma", "follicular carcinoma"] [];
    "MESH:D900025" 7 "HDA" ["hepatic duct adenoma", "adenoma of the hepatic duct"] ["biliary adenoma"];
    "MESH:D900026" 7 "DPC" ["ductal papillary carcinoma", "papillary carcinoma"] ["papillary adenocarcinoma"];
    "MESH:D900027" 8 "UIC" ["ulcerative ileal colitis", "ileal colitis"] ["ileocolitis"];
    "MESH:D900028" 8 "CPS" ["colonic polyp syndrome", "Lindqvist polyposis"] [];
    "MESH:D900029" 8 "CSH" ["copper storage hepatitis", "storage hepatitis"] ["cupric hepatitis"];
    "MESH:D900030" 9 "BCD" ["bronchial ciliary dyskinesia", "ciliary dyskinesia"] [];
    "MESH:D900031" 9 "FAP" ["fibrotic alveolar pneumonitis", "alveolar pneumonitis"] ["sclerosing pneumonitis"];
    "MESH:D900032" 10 "ASC" ["adrenal salt crisis", "salt crisis"] [];
    "MESH:D900033" 10 "NTG" ["nodular thyroid goitre", "nodular goitre"] ["nodular goiter"];
    "MESH:D900034" 10 "IRL" ["insulin resistant lipodystrophy", "Orlev lipodystrophy"] ["Orlev syndrome"];
    "MESH:D900035" 11 "OBD" ["osteoclastic bone dysplasia", "osteoclastic dysplasia"] [];
    "MESH:D900036" 11 "EJD" ["epiphyseal joint dysplasia", "epiphyseal dysplasia"] ["dysplasia of the epiphyses"];
    "OMIM:990001" 0 "TWS" ["Tarrasch-Weil syndrome", "Tarrasch syndrome"] [];
    "OMIM:990002" 8 "" ["Lindqvist syndrome"] [];
    "OMIM:990003" 4 "" ["Ménardier disease", "Ménardier nephropathy"] ["Ménardier syndrome"];
    "MESH:D900041" 1 "VCV" [] ["vestibular crystal vertigo", "crystal vertigo"];
    "MESH:D900042" 6 "" [] ["Zyndram disease"];
    "OMIM:990004" 11 "" [] ["Ombrosi chondropathy"];
};

/// Complaints that drugs cause, with the families' classes the only short and common names.
#[rustfmt::skip]
pub(super) const ADVERSE_EFFECTS: &[Disease] = diseases! {
    "MESH:D900051" 0 "" ["seizures", "convulsions"] [];
    "MESH:D900052" 3 "" ["hypertension", "raised blood pressure"] [];
    "MESH:D900053" 8 "" ["nausea", "nausea and vomiting"] ["emesis"];
    "MESH:D900054" 8 "" ["hepatic toxicity", "liver injury"] ["hepatotoxicity"];
    "MESH:D900055" 11 "" ["skin rash", "rash"] [];
};

macro_rules! families {
    ($($singular:literal $plural:literal $concept:literal [$($site:literal),*] [$($measure:literal),*] $specialist:literal;)*) => {
        &[$(Family { class_names: [$singular, $plural], class_concept: $concept, sites: &[$($site),*], measures: &[$($measure),*], specialist: $specialist }),*]
    };
}

#[rustfmt::skip]
pub(super) const FAMILIES: &[Family] = families! {
    "movement disorder" "movement disorders" "MESH:D900101" ["cerebellum", "motor cortex", "basal ganglia"] ["cortical thickness", "episodic memory", "nocturnal activity"] "neurological";
    "neuropathy" "neuropathies" "MESH:D900102" ["peripheral nerves", "spinal cord", "dorsal root ganglia"] ["sensory threshold", "axonal transport", "fibre density"] "neurological";
    "muscle disease" "muscle diseases" "MESH:D900103" ["skeletal muscle", "proximal limbs", "quadriceps"] ["limb strength", "granular staining", "distal grip force"] "neuromuscular";
    "heart disease" "heart diseases" "MESH:D900104" ["left ventricle", "atria", "septum"] ["septal thickness", "conduction velocity", "atrial volume"] "cardiac";
    "kidney disease" "renal diseases" "MESH:D900105" ["kidney", "renal tubules", "glomeruli"] ["renal clearance", "tubular reabsorption", "glomerular filtration"] "renal";
    "eye disease" "eye diseases" "MESH:D900106" ["retina", "macula", "anterior lens"] ["retinal thickness", "lens density", "macular pigment"] "ophthalmic";
    "anemia" "anemias" "MESH:D900107" ["bone marrow", "spleen", "red cells"] ["plasma factor activity", "storage time", "reticulocyte count"] "haematological";
    "cancer" "cancers" "MESH:D900108" ["lymph nodes", "hepatic ducts", "epithelium"] ["follicular cell number", "duct diameter", "papillary area"] "oncological";
    "bowel disease" "bowel diseases" "MESH:D900109" ["ileum", "colon", "liver"] ["copper intake", "colonic transit", "hepatic blood flow"] "gastrointestinal";
    "lung disease" "lung diseases" "MESH:D900110" ["bronchi", "alveoli", "airways"] ["ciliary beat frequency", "alveolar volume", "bronchial diameter"] "respiratory";
    "metabolic disease" "metabolic diseases" "MESH:D900111" ["adrenal cortex", "thyroid", "adipose tissue"] ["salt intake", "insulin secretion", "thyroid volume"] "endocrine";
    "skeletal disorder" "skeletal disorders" "MESH:D900112" ["long bones", "growth plates", "joints"] ["bone density", "joint mobility", "osteoclastic activity"] "orthopaedic";
};

macro_rules! chemicals {
    ($($concept:literal [$($name:literal),*];)*) => { &[$(Chemical { concept: $concept, names: &[$($name),*] }),*] };
}

#[rustfmt::skip]
pub(super) const CHEMICALS: &[Chemical] = chemicals! {
    "MESH:D950001" ["tavorexine"];
    "MESH:D950002" ["meldafil", "meldafil citrate"];
    "MESH:D950003" ["cortivanol"];
    "MESH:D950004" ["sodium praxate", "praxate"];
    "MESH:D950005" ["β-lumenol", "lumenol"];
    "MESH:D950006" ["zinc orotane"];
    "MESH:D950007" ["riboperidol"];
    "MESH:D950008" ["calvastatin"];
    "MESH:D950009" ["γ-thalidine"];
    "MESH:D950010" ["ferrolate", "iron ferrolate"];
    "MESH:D950011" ["oxybrimide"];
    "-1" ["compound LX-41"];
};

pub(super) const COMPOSITES: &[Composite] = &[
    Composite {
        text: "hereditary and episodic cortical ataxia",
        concepts: ["MESH:D900001", "MESH:D900002"],
        individual: ["hereditary cortical ataxia", "episodic cortical ataxia"],
    },
    Composite {
        text: "myotonic and distal limb dystrophy",
        concepts: ["MESH:D900008", "MESH:D900009"],
        individual: ["myotonic limb dystrophy", "distal limb dystrophy"],
    },
    Composite {
        text: "vacuolar and granular myopathy",
        concepts: ["MESH:D900010", "MESH:D900011"],
        individual: ["vacuolar myopathy", "granular myopathy"],
    },
    Composite {
        text: "follicular or papillary carcinoma",
        concepts: ["MESH:D900024", "MESH:D900026"],
        individual: ["follicular carcinoma", "papillary carcinoma"],
    },
    Composite {
        text: "osteoclastic and epiphyseal dysplasia",
        concepts: ["MESH:D900035", "MESH:D900036"],
        individual: ["osteoclastic dysplasia", "epiphyseal dysplasia"],
    },
];

/// Diseases that no concept stands for: annotated, with `-1`.
pub(super) const WITHOUT_CONCEPT: &[&str] =
    &["overlap syndrome", "unclassified palsy", "idiopathic limb pain", "transient oculomotor spasm"];

/// Examinations whose abbreviation is also that of a disease. They are no mentions.
pub(super) const EXAMINATIONS: &[(&str, &str)] = &[
    ("high contrast angiography", "HCA"),
    ("aspartate transaminase", "AST"),
    ("macular perfusion density", "MPD"),
    ("digital light densitometry", "DLD"),
    ("computed pupil scanning", "CPS"),
];

/// States and treatments: no diseases, though they stand where diseases do and share their words.
pub(super) const STATES: &[&str] = &[
    "late pregnancy",
    "conduction delay",
    "salt restriction",
    "axonal sprouting",
    "lens replacement",
    "septal puncture",
    "iron storage",
    "granular cell transfusion",
    "cortical stimulation",
    "premature birth",
];

/// States met in the development and test splits only.
pub(super) const LATER_STATES: &[&str] = &["fibre regrowth", "renal perfusion", "ciliary regrowth", "retinal grafting", "hereditary load"];

/// What may stand before a name without being part of the mention.
pub(super) const ADJECTIVES: &[&str] = &["severe", "mild", "sporadic", "recurrent", "juvenile", "familial", "congenital", "progressive"];

/// Eponyms of diseases that are also those of hospitals and scales.
pub(super) const EPONYMS: &[&str] = &["Valdorff", "Halvard", "Lindqvist", "Brandt", "Orlev", "Kestrin", "Morrelli"];

pub(super) const GENES: &[&str] = &["ATXV1", "KSTR2", "GRN-α", "MYOQ", "SPTX", "RDSH1", "CILP4", "LFN3", "OSTB", "PAX15", "TNF-κ", "ABCD9"];
pub(super) const PLACES: &[&str] =
    &["Québec", "northern Sweden", "São Tomé", "the Basque Country", "southern Italy", "Réunion", "Jutland", "Ōsaka"];
pub(super) const SPECIES: &[&str] = &["Mus musculus", "Danio rerio", "R. norvegicus", "M. mulatta", "S. scrofa", "Wistar rats"];

/// Words in names and texts that have no vector: rare eponyms, abbreviations and forms.
#[rustfmt::skip]
pub(super) const WITHOUT_VECTOR: &[&str] = &[
    "Kestrin", "Oskarsen", "Tarrasch", "Perrault", "Ménardier", "sideropenic", "MLD", "CGM", "TCN", "LFC", "OBD", "PTS", "TWS",
    "Zyndram", "Ombrosi", "chondropathy", "Grauwald", "perioptic", "tubulopathy", "ileocolitis", "cupric", "lenticular", "VCV",
    "orotane", "thalidine", "LX", "KSTR2", "OSTB", "κ", "Ōsaka", "vacuolated", "goiter",
];
