//! The drift report as text, Markdown, JSON and JUnit XML. None of them holds a date: equal reports are equal bytes.

use super::{DriftReport, DriftRow, DriftStatus};
use quick_xml::escape::escape;
use std::fmt::Write;

/// What to say of a score that the baseline lacks, and what can be done about it.
const NOT_IN_BASELINE: &str = "not in the baseline (--update adds it, --allow-new lets it pass)";

/// For a terminal: what is not within its tolerance, then the counts.
pub fn text(report: &DriftReport) -> String {
    let mut out = String::new();
    for rows in lines(report) {
        let (row, mark) = (rows[0], if report.fails(rows[0].status) { "FAIL" } else { "    " });
        let (name, told) = if rows.len() == 1 {
            (name(row), told(row))
        } else {
            let note = if row.note.is_empty() { NOT_IN_BASELINE } else { &row.note };
            (format!("{} scores of {} on {}", rows.len(), row.system, row.corpus), note.to_owned())
        };
        let _ = writeln!(out, "{mark}  {:<14}  {name}: {}", row.status.name(), told.replace(char::is_control, " "));
    }
    for line in &report.told {
        let _ = writeln!(out, "note  {line}");
    }
    let _ = writeln!(out, "{}", summary(report));
    out
}

/// For a comment on a pull request.
pub fn markdown(report: &DriftReport) -> String {
    let mut out = format!("### Score drift: {}\n\n{}\n", verdict(report), summary(report));
    let table = |out: &mut String, lines: &[Vec<&DriftRow>]| {
        out.push_str("\n| system | corpus | split | metric | baseline | now | change | tolerance | status |\n|---|---|---|---|---:|---:|---:|---:|---|\n");
        for rows in lines {
            let row = rows[0];
            if rows.len() > 1 {
                let note = if row.note.is_empty() { String::new() } else { format!(": {}", cell(&row.note)) };
                let _ = writeln!(
                    out,
                    "| {} | {} | | {} scores | | | | | {}{note} |",
                    cell(&row.system),
                    cell(&row.corpus),
                    rows.len(),
                    row.status.name()
                );
                continue;
            }
            let figure = |value: Option<f64>| value.map(|value| format!("{value:.4}")).unwrap_or_default();
            let change = row.baseline.zip(row.value).map(|(old, new)| format!("{:+.4}", new - old)).unwrap_or_default();
            let note = if row.note.is_empty() { String::new() } else { format!(": {}", cell(&row.note)) };
            let _ = writeln!(
                out,
                "| {} | {} | {} | {} | {} | {} | {change} | {} | {}{note} |",
                cell(&row.system),
                cell(&row.corpus),
                row.split,
                row.metric,
                figure(row.baseline),
                figure(row.value),
                figure(row.tolerance),
                row.status.name()
            );
        }
    };
    // What moved is shown, also within a tolerance; the rest is counted.
    let moved = |row: &&DriftRow| row.status == DriftStatus::Within && row.baseline.zip(row.value).is_some_and(|(old, new)| old != new);
    let mut shown = lines(report);
    shown.extend(report.rows.iter().filter(moved).map(|row| vec![row]));
    if !shown.is_empty() {
        table(&mut out, &shown);
    }
    let rest = report.count(DriftStatus::Within) - report.rows.iter().filter(moved).count();
    if rest > 0 {
        let (scores, are) = if rest == 1 { ("score", "is") } else { ("scores", "are") };
        let _ = write!(out, "\n{rest} {scores} {are} as in the baseline.\n");
    }
    for line in &report.told {
        let _ = write!(out, "\nNote: {}.\n", cell(line));
    }
    out
}

/// Workflow commands of GitHub Actions: an annotation for each thing that is not as the baseline says, and one with the counts. `file` is the
/// baseline, to which they are attached.
pub fn github(report: &DriftReport, file: &str) -> String {
    let mut out = String::new();
    let mut annotate = |level: &str, title: &str, message: &str| {
        let property = |text: &str| data(text).replace(':', "%3A").replace(',', "%2C");
        let _ = writeln!(out, "::{level} file={},title={}::{}", property(file), property(title), data(message));
    };
    for rows in lines(report) {
        let (level, row) = (if report.fails(rows[0].status) { "error" } else { "warning" }, rows[0]);
        let (what, said) = if rows.len() == 1 {
            (name(row), told(row))
        } else {
            let note = if row.note.is_empty() { NOT_IN_BASELINE } else { &row.note };
            (format!("{} scores of {} on {}", rows.len(), row.system, row.corpus), note.to_owned())
        };
        annotate(level, &format!("Score drift: {}", row.status.name()), &format!("{what}: {said}"));
    }
    for line in &report.told {
        annotate("notice", "Score drift", line);
    }
    let level = if report.exit_code() == 0 { "notice" } else { "error" };
    annotate(level, &format!("Score drift: {}", verdict(report)), &summary(report));
    out
}

/// As GitHub reads it: the end of a line and the percent sign are escaped, and other control characters are blanks.
fn data(text: &str) -> String {
    let printable: String = text.chars().map(|c| if c.is_control() && !matches!(c, '\n' | '\r') { ' ' } else { c }).collect();
    printable.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// For programs: the fields of [`DriftReport`] and the exit code.
///
/// # Errors
/// Never for scores that are finite, as those of records and baselines are.
pub fn json(report: &DriftReport) -> serde_json::Result<String> {
    let mut value = serde_json::to_value(report)?;
    value["exit_code"] = report.exit_code().into();
    serde_json::to_string_pretty(&value).map(|text| text + "\n")
}

/// For a build server: one test case a score.
pub fn junit(report: &DriftReport) -> String {
    let failures = report.rows.iter().filter(|row| is_failure(report, row)).count();
    let errors = report.rows.iter().filter(|row| is_error(row)).count();
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(
        out,
        "<testsuites name=\"mermen check\" tests=\"{n}\" failures=\"{failures}\" errors=\"{errors}\">\n  <testsuite name=\"drift\" tests=\"{n}\" failures=\"{failures}\" errors=\"{errors}\">",
        n = report.rows.len()
    );
    for row in &report.rows {
        let class = format!("{} on {}", row.system, row.corpus);
        let case = [row.split.as_str(), &row.metric].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
        let case = if case.is_empty() { "run".to_owned() } else { case };
        let _ = write!(out, "    <testcase classname=\"{}\" name=\"{}\"", attribute(&class), attribute(&case));
        let element = match row.status {
            _ if is_error(row) => Some("error"),
            _ if is_failure(report, row) => Some("failure"),
            _ => None,
        };
        match element {
            Some(element) => {
                let message = attribute(&format!("{}: {}", row.status.name(), told(row)));
                let _ = writeln!(out, ">\n      <{element} type=\"{}\" message=\"{message}\"/>\n    </testcase>", row.status.name());
            }
            None if row.status == DriftStatus::Within => out.push_str("/>\n"),
            None => {
                let said = attribute(&format!("{}: {}", row.status.name(), told(row)));
                let _ = writeln!(out, ">\n      <system-out>{said}</system-out>\n    </testcase>");
            }
        }
    }
    out.push_str("  </testsuite>\n</testsuites>\n");
    out
}

/// What is not within its tolerance. Scores of one run of which there is but one thing to say share a line.
fn lines(report: &DriftReport) -> Vec<Vec<&DriftRow>> {
    let mut lines: Vec<Vec<&DriftRow>> = Vec::new();
    for row in report.rows.iter().filter(|row| row.status != DriftStatus::Within) {
        let alike = |other: &DriftRow| {
            matches!(row.status, DriftStatus::CannotCompare | DriftStatus::Missing | DriftStatus::New)
                && (&row.system, &row.corpus, row.status, &row.note) == (&other.system, &other.corpus, other.status, &other.note)
        };
        match lines.iter_mut().find(|line| alike(line[0])) {
            Some(line) => line.push(row),
            None => lines.push(vec![row]),
        }
    }
    lines
}

fn is_error(row: &DriftRow) -> bool {
    matches!(row.status, DriftStatus::CannotCompare | DriftStatus::RunFailed)
}

fn is_failure(report: &DriftReport, row: &DriftRow) -> bool {
    report.fails(row.status) && !is_error(row)
}

/// XML 1.0 knows no other control characters, not even escaped.
fn attribute(text: &str) -> String {
    let printable: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    escape(&printable).into_owned()
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace(['\n', '\r'], " ")
}

fn name(row: &DriftRow) -> String {
    let parts = [row.corpus.as_str(), &row.split, &row.metric];
    format!("{} on {}", row.system, parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" "))
}

fn told(row: &DriftRow) -> String {
    let moved = match (row.baseline, row.value) {
        (Some(old), Some(new)) if row.status == DriftStatus::CannotCompare => format!("{old:.4} and {new:.4}"),
        (Some(old), Some(new)) => {
            format!("{old:.4} -> {new:.4} ({:+.4}, tolerance {:.4})", new - old, row.tolerance.unwrap_or_default())
        }
        (Some(old), None) => format!("{old:.4} in the baseline"),
        (None, Some(new)) => format!("{new:.4}, {NOT_IN_BASELINE}"),
        (None, None) => String::new(),
    };
    [moved.as_str(), &row.note].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(": ")
}

fn verdict(report: &DriftReport) -> &'static str {
    match report.exit_code() {
        0 => "as the baseline says",
        1 => "not as the baseline says",
        2 => "cannot be compared",
        _ => "a run failed",
    }
}

fn summary(report: &DriftReport) -> String {
    let counts: Vec<String> = DriftStatus::ALL
        .iter()
        .map(|status| (report.count(*status), status))
        .filter(|(n, _)| *n > 0)
        .map(|(n, status)| format!("{n} {}", status.name()))
        .collect();
    let noun = if report.rows.len() == 1 { "row" } else { "rows" };
    if counts.is_empty() { "no scores and no baseline".to_owned() } else { format!("{} {noun}: {}", report.rows.len(), counts.join(", ")) }
}
