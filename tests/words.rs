//! Words that sources, documents and help do not use (CONTRIBUTING.md, "Words"), with what to write instead.

use std::path::{Path, PathBuf};

const BANNED: [(&str, &str); 12] = [
    ("room", "module, or space"),
    ("rooms", "modules"),
    ("at hand", "present, or in the data folder"),
    ("is had", "is obtained"),
    ("are had", "are obtained"),
    ("hears nothing", "reports nothing"),
    ("at its word", "as printed"),
    ("is told by", "is detected from"),
    ("passed over", "skipped"),
    ("anew", "again"),
    ("way out", "what to do"),
    ("talk to standard error", "diagnostics go to standard error"),
];

fn files(folder: &Path, endings: &[&str], found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, endings, found);
        } else if path.extension().is_some_and(|ending| endings.contains(&&*ending.to_string_lossy())) {
            found.push(path);
        }
    }
}

/// The words of a text in small letters, with their lines; marks, and so the signs of a comment, are skipped.
fn words(text: &str) -> Vec<(usize, String)> {
    let of_line = |(number, line): (usize, &str)| {
        let words = line.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        words.map(|word| (number + 1, word.to_lowercase())).collect::<Vec<_>>()
    };
    text.lines().enumerate().flat_map(of_line).collect()
}

/// The lines on which a banned phrase begins; it may go on in the next line.
fn banned(text: &str) -> Vec<(usize, &'static str, &'static str)> {
    let words = words(text);
    let mut found = Vec::new();
    for (phrase, instead) in BANNED {
        let phrase_words: Vec<&str> = phrase.split(' ').collect();
        let matches = words.windows(phrase_words.len()).filter(|window| window.iter().map(|(_, word)| word).eq(phrase_words.iter()));
        found.extend(matches.map(|window| (window[0].0, phrase, instead)));
    }
    found
}

#[test]
fn banned_words_are_found() {
    assert_eq!(banned("a bedroom is\n//! at\n//! hand"), [(2, "at hand", "present, or in the data folder")]);
    assert_eq!(banned("Rooms: room.").len(), 2);
    assert_eq!(banned("what handing over is; hats"), []);
}

#[test]
fn sources_and_documents_use_the_words_of_the_glossary() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut all: Vec<PathBuf> = ["README.md", "ARCHITECTURE.md", "SECURITY.md", "CHANGELOG.md", "Cargo.toml", "benches/README.md"]
        .map(|name| root.join(name))
        .into();
    for (folder, endings) in
        [("src", &["rs", "cu", "css", "js"][..]), ("docs", &["md", "json"]), ("experiments", &["yaml"]), ("examples", &["rs"])]
    {
        files(&root.join(folder), endings, &mut all);
    }
    assert!(all.len() > 300);
    let mut found = Vec::new();
    for path in all {
        let text = std::fs::read_to_string(&path).unwrap();
        let file = path.strip_prefix(root).unwrap().display();
        found.extend(banned(&text).into_iter().map(|(line, phrase, instead)| format!("{file}:{line}: \"{phrase}\": write \"{instead}\"")));
    }
    found.sort();
    assert!(found.is_empty(), "{}", found.join("\n"));
}
