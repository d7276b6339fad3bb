//! What the pages under `docs/` promise: links lead somewhere, and every score that links to a record is the one in it.

use mermen::evaluate::SplitScores;
use mermen::run::record::RunRecord;
use std::path::{Path, PathBuf};

struct Link {
    page: PathBuf,
    line: usize,
    text: String,
    target: String,
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Links `[text](target)` of the pages, those to the web left out.
fn links() -> Vec<Link> {
    let mut pages = vec![root().join("README.md"), root().join("ARCHITECTURE.md"), root().join("benches/README.md")];
    pages.extend(
        std::fs::read_dir(root().join("docs")).unwrap().map(|e| e.unwrap().path()).filter(|p| p.extension().is_some_and(|e| e == "md")),
    );
    let mut found = Vec::new();
    for page in pages {
        for (number, line) in std::fs::read_to_string(&page).unwrap().lines().enumerate() {
            let mut rest = line;
            while let Some((before, after)) = rest.split_once("](") {
                let Some((target, after)) = after.split_once(')') else { break };
                let text = before.rsplit('[').next().unwrap_or_default();
                if !target.starts_with("http") && !target.starts_with('#') {
                    found.push(Link { page: page.clone(), line: number + 1, text: text.to_owned(), target: target.to_owned() });
                }
                rest = after;
            }
        }
    }
    found
}

impl Link {
    /// The file, and what stands behind `#`.
    fn parts(&self) -> (PathBuf, &str) {
        let (file, fragment) = self.target.split_once('#').unwrap_or((&self.target, ""));
        (self.page.parent().unwrap_or(Path::new("")).join(file), fragment)
    }

    fn place(&self) -> String {
        format!("{}:{}: [{}]({})", self.page.display(), self.line, self.text, self.target)
    }
}

#[test]
fn links_lead_to_files() {
    let links = links();
    assert!(links.len() > 10);
    let broken: Vec<String> = links.iter().filter(|link| !link.parts().0.exists()).map(Link::place).collect();
    assert!(broken.is_empty(), "broken links:\n{}", broken.join("\n"));
}

/// `dev.mention`, `test.concept` and the like: F1 as the kit counts it.
fn score(record: &RunRecord, what: &str) -> Option<f64> {
    let (split, task) = what.split_once('.')?;
    let scores: &SplitScores = match split {
        "dev" => record.result.dev.as_ref()?,
        "test" => record.result.test.as_ref()?,
        _ => return None,
    };
    match task {
        "mention" => Some(scores.mention.kit.f1()),
        "concept" => Some(scores.concept.kit.f1()),
        _ => None,
    }
}

#[test]
fn scores_that_link_to_a_record_are_in_it() {
    let mut wrong = Vec::new();
    for link in links().iter().filter(|link| link.target.contains("/records/") && link.target.contains('#')) {
        let (file, what) = link.parts();
        let Ok(text) = std::fs::read_to_string(&file) else { continue };
        let record: RunRecord = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        let found = score(&record, what).map(|f1| format!("{f1:.4}").trim_start_matches('0').to_owned());
        if found.as_deref() != Some(link.text.trim_start_matches('0')) {
            wrong.push(format!("{}: the record says {found:?}", link.place()));
        }
    }
    assert!(wrong.is_empty(), "scores that are not those of their records:\n{}", wrong.join("\n"));
}

/// Scores of withdrawn records: `protocol1_scores.csv#RUN.SPLIT.TASK`, where RUN is how the run's id begins.
#[test]
fn scores_that_link_to_the_frame_of_protocol_1_are_in_it() {
    let text = std::fs::read_to_string(root().join("reports/frames/protocol1_scores.csv")).unwrap();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().unwrap().clone();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let column = |name: &str| header.iter().position(|column| column == name);
    let mut wrong = Vec::new();
    let mut checked = 0;
    for link in links().iter().filter(|link| link.target.contains("/protocol1_scores.csv#")) {
        let (_, what) = link.parts();
        let (run, score) = what.split_once('.').unwrap_or((what, ""));
        let row = rows.iter().find(|row| row[0].starts_with(run));
        let found = row.zip(column(&format!("{}_f1", score.replace('.', "_")))).and_then(|(row, column)| row[column].parse::<f64>().ok());
        let found = found.map(|f1| format!("{f1:.4}").trim_start_matches('0').to_owned());
        checked += 1;
        if found.as_deref() != Some(&link.text) {
            wrong.push(format!("{}: the frame says {found:?}", link.place()));
        }
    }
    assert!(wrong.is_empty() && checked > 50, "{checked} scores; those that are not in the frame:\n{}", wrong.join("\n"));
}

/// What a page takes from the report stands between `<!-- from FILE -->` and `<!-- end -->`; of a table as CSV the columns may be named,
/// `<!-- from reports/tables/table2.csv | system | NCBI Recognition: ours -->`.
fn taken_from_the_report(page: &str) -> String {
    let (mut made, mut rest) = (String::new(), page);
    while let Some((before, after)) = rest.split_once("<!-- from ") {
        let (what, after) = after.split_once(" -->").expect("a mark that ends");
        let (_, after) = after.split_once("<!-- end -->").unwrap_or_else(|| panic!("`<!-- from {what} -->` without `<!-- end -->`"));
        made += &format!("{before}<!-- from {what} -->\n\n{}\n<!-- end -->", part_of_report(what));
        rest = after;
    }
    made + rest
}

fn part_of_report(what: &str) -> String {
    let mut words = what.split(" | ");
    let file = words.next().unwrap();
    let text = std::fs::read_to_string(root().join(file)).unwrap_or_else(|e| panic!("{file}: {e}"));
    let columns: Vec<&str> = words.collect();
    if columns.is_empty() {
        return text;
    }
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().unwrap().clone();
    let place = |column: &&str| header.iter().position(|name| name == *column).unwrap_or_else(|| panic!("{file} has no column {column}"));
    let places: Vec<usize> = columns.iter().map(place).collect();
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let mut table = line(columns.iter().map(|column| (*column).to_owned()).collect());
    table += &line(columns.iter().map(|_| "---".to_owned()).collect());
    for row in reader.records().map(Result::unwrap) {
        table += &line(places.iter().map(|place| row[*place].replace('|', "\\|")).collect());
    }
    table
}

/// To take them again after a change of the report: `MERMEN_UPDATE_DOCS=1 cargo test --test docs`.
#[test]
fn what_pages_take_from_the_report_is_what_it_says() {
    let update = std::env::var_os("MERMEN_UPDATE_DOCS").is_some();
    let mut taken = 0;
    for page in ["README.md", "docs/reproduction.md"] {
        let path = root().join(page);
        let text = std::fs::read_to_string(&path).unwrap();
        let made = taken_from_the_report(&text);
        taken += text.matches("<!-- from ").count();
        if update && made != text {
            std::fs::write(&path, made).unwrap();
        } else {
            assert!(made == text, "{page} does not say what the report does: run `MERMEN_UPDATE_DOCS=1 cargo test --test docs`");
        }
    }
    assert!(taken > 2, "{taken} parts of the report in the pages");
}
