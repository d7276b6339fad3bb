//! The claims report as text, Markdown, JSON and JUnit.

use super::{AuditResult, Cell, ClaimsReport, Figure, JudgedClaim, JudgedReading, ObservedEffect, Pooled, Verdict};
use quick_xml::escape::escape as escape_xml;
use std::fmt::Write;

/// For a terminal: every claim with its verdict, a line for each reading, then the audit. With `cells`, every comparison too.
pub fn text(report: &ClaimsReport, cells: bool) -> String {
    let mut out = String::new();
    let width = report.claims.iter().map(|claim| claim.id.chars().count()).max().unwrap_or(0);
    for claim in &report.claims {
        let _ = writeln!(out, "{:<12}  {:<width$}  {}", claim.verdict.name(), claim.id, claim.robustness.name());
        for reading in &claim.readings {
            let _ = writeln!(out, "{:14}{}: {}: {}", "", reading.name, reading.verdict.name(), reading.because);
            for line in evidence(reading, claim.kind) {
                let _ = writeln!(out, "{:16}{line}", "");
            }
            for note in &reading.notes {
                let _ = writeln!(out, "{:16}note: {note}", "");
            }
            for cell in reading.cells.iter().filter(|_| cells) {
                let _ = writeln!(out, "{:18}{}", "", line(cell));
            }
        }
    }
    let _ = writeln!(out, "\n{}", claims_summary(report));
    if report.audit.is_empty() {
        return out;
    }
    out.push('\n');
    for row in &report.audit {
        let _ = writeln!(out, "{:<14}  {}: {}", row.result.name(), row.id, row.found);
    }
    let _ = writeln!(out, "\n{}", audit_summary(report));
    out
}

/// What stands behind a reading's verdict: pooled effect, comparisons for and against, power, seeds and regime.
pub(super) fn evidence(reading: &JudgedReading, kind: &str) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(pooled) = &reading.pooled {
        lines.push(format!(
            "{}; {} for, {} against; {}",
            effect(pooled, kind),
            reading.cells_for,
            reading.cells_against,
            pooled.power.text()
        ));
        for (task, pooled) in &reading.by_task {
            lines.push(format!("{task}: {}; {}", effect(pooled, kind), pooled.power.text()));
        }
    }
    let seeds =
        reading.seeds.map(|(fewest, most)| if fewest == most { format!("{fewest} seeds") } else { format!("{fewest} to {most} seeds") });
    let regime: Vec<String> = seeds.into_iter().chain(reading.regime.as_ref().map(super::Regime::text)).collect();
    if !regime.is_empty() {
        lines.push(regime.join(", "));
    }
    lines
}

fn effect(pooled: &Pooled, kind: &str) -> String {
    let p = if matches!(kind, "equal" | "at-most") { "p of one beyond the margin" } else { "p" };
    format!("{} points ({} to {}), {p} {}", points(pooled.effect), points(pooled.low), points(pooled.high), p_value(pooled.p))
}

/// For a reader: `reports/claims.md`.
pub fn markdown(report: &ClaimsReport) -> String {
    let mut out = String::from("# Claims of the paper\n\n");
    let _ = writeln!(out, "{} How a verdict is reached: `docs/claims.md`.\n", claims_summary(report));
    let names: Vec<&str> = readings(report);
    let _ = writeln!(out, "| claim | place | verdict | robustness |{}", names.iter().map(|name| format!(" {name} |")).collect::<String>());
    let _ = writeln!(out, "|---|---|---|---|{}", "---|".repeat(names.len()));
    for claim in &report.claims {
        let of = |name: &&str| {
            let reading = claim.readings.iter().find(|reading| reading.name == **name);
            reading.map_or_else(|| " - |".to_owned(), |reading| format!(" {} |", short(reading)))
        };
        let _ = writeln!(
            out,
            "| [{}](#{}) | {} | **{}** | {} |{}",
            escape(&claim.says),
            claim.id,
            escape(&claim.place),
            claim.verdict.name(),
            claim.robustness.name(),
            names.iter().map(of).collect::<String>()
        );
    }
    for claim in &report.claims {
        section(&mut out, claim);
    }
    if report.audit.is_empty() {
        return out;
    }
    let _ = writeln!(out, "\n# Audit of the paper's own numbers\n\n{}\n", audit_summary(report));
    out += "| statement | place | checked | found | result | source |\n|---|---|---|---|---|---|\n";
    for row in &report.audit {
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | **{}** | {} |",
            escape(&row.statement),
            row.place,
            escape(&row.checked),
            escape(&row.found),
            row.result.name(),
            row.source
        );
    }
    out
}

/// Readings that claims about runs have, in the file's order.
fn readings(report: &ClaimsReport) -> Vec<&str> {
    let of_runs = report.claims.iter().find(|claim| claim.kind != "counted");
    of_runs.iter().flat_map(|claim| &claim.readings).map(|reading| reading.name.as_str()).collect()
}

fn short(reading: &JudgedReading) -> String {
    let pooled = reading.pooled.as_ref();
    let effect = pooled.map(|p| format!(": {} ({} to {})", points(p.effect), points(p.low), points(p.high))).unwrap_or_default();
    format!("{}{effect}", reading.verdict.name())
}

/// For programs; the fields are those of [`ClaimsReport`].
///
/// # Errors
/// Never for a report that [`super::judge`] made: its numbers are finite.
pub fn json(report: &ClaimsReport) -> serde_json::Result<String> {
    serde_json::to_string_pretty(report).map(|text| text + "\n")
}

/// For continuous integration: a test case a claim, which fails where `--strict` would, and is skipped where nothing was run.
pub fn junit(report: &ClaimsReport) -> String {
    let failures = report.claims.iter().filter(|claim| !matches!(claim.verdict, Verdict::Supported | Verdict::NotRun)).count();
    let skipped = report.count(Verdict::NotRun);
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let counts = format!("tests=\"{}\" failures=\"{failures}\" errors=\"0\" skipped=\"{skipped}\"", report.claims.len());
    let _ = writeln!(out, "<testsuites name=\"mermen claims\" {counts}>\n  <testsuite name=\"claims\" {counts}>");
    for claim in &report.claims {
        let _ = write!(out, "    <testcase classname=\"{}\" name=\"{}\">", attribute(&claim.place), attribute(&claim.id));
        let message = attribute(&format!("{} ({}): {}", claim.verdict.name(), claim.robustness.name(), claim.says));
        let told: String = claim.readings.iter().map(|r| format!("{}: {}: {}\n", r.name, short(r), r.because)).collect();
        let told = escape_xml(printable(&told).as_str()).into_owned();
        let _ = match claim.verdict {
            Verdict::Supported => writeln!(out, "\n      <system-out>{message}\n{told}</system-out>\n    </testcase>"),
            Verdict::NotRun => writeln!(out, "\n      <skipped message=\"{message}\"/>\n    </testcase>"),
            verdict => {
                writeln!(out, "\n      <failure type=\"{}\" message=\"{message}\">{told}</failure>\n    </testcase>", verdict.name())
            }
        };
    }
    out.push_str("  </testsuite>\n</testsuites>\n");
    out
}

/// XML 1.0 knows no other control characters, not even escaped.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { ' ' } else { c }).collect()
}

fn attribute(text: &str) -> String {
    escape_xml(printable(text).replace('\n', " ").as_str()).into_owned()
}

fn claims_summary(report: &ClaimsReport) -> String {
    let counts = Verdict::ALL.map(|verdict| format!("{} {}", report.count(verdict), verdict.name()));
    let robust = report.claims.iter().filter(|claim| claim.robustness == super::Robustness::Robust).count();
    format!("{} claims: {}; {robust} robust.", report.claims.len(), counts.join(", "))
}

fn audit_summary(report: &ClaimsReport) -> String {
    let count = |result| report.audit.iter().filter(|row| row.result == result).count();
    let counts = AuditResult::ALL.map(|result| format!("{} {}", count(result), result.name()));
    format!("{} statements of the paper about its own numbers: {}.", report.audit.len(), counts.join(", "))
}

fn section(out: &mut String, claim: &JudgedClaim) {
    // Claims of an experiment of one's own stand in no paper.
    let place = if claim.place.is_empty() { String::new() } else { format!(" ({}, \"{}\")", claim.place, claim.phrase) };
    let _ = writeln!(out, "\n## {}\n\n{}{place}\n", claim.id, claim.says);
    let _ = writeln!(out, "**{}**, {}.\n", claim.verdict.name(), claim.robustness.name());
    for change in &claim.changed {
        let _ = writeln!(out, "Changed on {}: {} Reason: {}\n", change.date, change.what, change.why);
    }
    for reading in &claim.readings {
        let _ = writeln!(out, "### {}: {}\n\n{}.\n", reading.name, reading.verdict.name(), capital(&reading.because));
        for line in evidence(reading, claim.kind).iter().chain(&reading.notes) {
            let _ = writeln!(out, "- {line}");
        }
        out.push_str("\n| first | second | corpus | task | of first | of second | difference | 95 % interval | p (Holm) | could have seen | seeds | verdict |\n");
        out.push_str("|---|---|---|---|---:|---:|---:|---:|---:|---:|---:|---|\n");
        for cell in &reading.cells {
            let task = if cell.subset.is_empty() { cell.task.clone() } else { format!("{} {}", cell.task, cell.subset) };
            let figures = cell.found.as_ref().map_or_else(|| " | | | | | |".to_owned(), figures);
            let _ = writeln!(
                out,
                "| {} | {} | {} | {} | {figures} | {}: {} |",
                escape(&cell.first),
                escape(&cell.second),
                cell.corpus,
                task.trim(),
                cell.verdict.name(),
                escape(&cell.because)
            );
        }
        out.push('\n');
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn figures(found: &ObservedEffect) -> String {
    let inference = found.inference.as_ref();
    let interval = inference.map_or_else(|| "-".to_owned(), |i| format!("{:+.4} to {:+.4}", i.low, i.high));
    let p = inference.map_or_else(|| "-".to_owned(), |i| p_value(i.p_holm));
    let detectable = inference.map_or_else(|| "-".to_owned(), |i| format!("{:.4}", i.power.detectable));
    let seeds = seeds(found);
    format!("{} | {} | {:+.4} | {interval} | {p} | {detectable} | {seeds}", figure(found.first), figure(found.second), found.difference)
}

fn seeds(found: &ObservedEffect) -> String {
    match found.seeds {
        (0, 0) => "-".to_owned(),
        (first, 0) => first.to_string(),
        (first, second) => format!("{first} and {second}"),
    }
}

fn figure(figure: Figure) -> String {
    match (figure.low, figure.high) {
        (Some(low), Some(high)) => format!("{:.4} ({low:.4} to {high:.4})", figure.value),
        _ => format!("{:.4}", figure.value),
    }
}

fn line(cell: &Cell) -> String {
    let what: Vec<&str> = [cell.corpus.as_str(), &cell.task, &cell.subset].into_iter().filter(|part| !part.is_empty()).collect();
    let shown = cell.found.as_ref().map_or_else(String::new, |found| match &found.inference {
        Some(i) => format!(" {:+.4} ({:+.4} to {:+.4}, p {})", found.difference, i.low, i.high, p_value(i.p_holm)),
        None => format!(" {:+.4}", found.difference),
    });
    format!("{} against {} [{}]{shown} {}: {}", cell.first, cell.second, what.join(" "), cell.verdict.name(), cell.because)
}

fn points(share: f64) -> String {
    format!("{:+.2}", share * 100.0)
}

fn p_value(p: f64) -> String {
    if p < 0.001 { "<0.001".to_owned() } else { format!("{p:.3}") }
}

/// A bar would end a Markdown cell.
fn escape(text: &str) -> String {
    text.replace('|', "\\|").replace(['\n', '\r'], " ")
}
