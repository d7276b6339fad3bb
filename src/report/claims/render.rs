//! The claims report as text, Markdown and JSON.

use super::{AuditResult, Cell, ClaimsReport, Found, JudgedClaim, Verdict};
use std::fmt::Write;

/// For a terminal: every claim with its verdict, then the audit. With `cells`, every comparison too.
pub fn text(report: &ClaimsReport, cells: bool) -> String {
    let mut out = String::new();
    let width = report.claims.iter().map(|claim| claim.id.chars().count()).max().unwrap_or(0);
    for claim in &report.claims {
        let _ = writeln!(out, "{:<12}  {:<width$}  {}", claim.verdict.name(), claim.id, claim.because);
        for note in &claim.notes {
            let _ = writeln!(out, "{:14}{:width$}  note: {note}", "", "");
        }
        if cells {
            for cell in &claim.cells {
                let _ = writeln!(out, "{:16}{}", "", line(cell));
            }
        }
    }
    let _ = writeln!(out, "\n{}\n", claims_summary(report));
    for row in &report.audit {
        let _ = writeln!(out, "{:<14}  {}: {}", row.result.name(), row.id, row.found);
    }
    let _ = writeln!(out, "\n{}", audit_summary(report));
    out
}

/// For a reader: `reports/claims.md`.
pub fn markdown(report: &ClaimsReport) -> String {
    let mut out = String::from("# Claims of the paper\n\n");
    let _ = writeln!(out, "{} How a verdict is reached: `docs/claims.md`.\n", claims_summary(report));
    out += "| claim | place | verdict | comparisons |\n|---|---|---|---|\n";
    for claim in &report.claims {
        let _ = writeln!(
            out,
            "| [{}](#{}) | {} | **{}** | {} |",
            escape(&claim.says),
            claim.id,
            escape(&claim.place),
            claim.verdict.name(),
            claim.because
        );
    }
    for claim in &report.claims {
        section(&mut out, claim);
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

/// For programs; the fields are those of [`ClaimsReport`].
///
/// # Errors
/// Never for a report that [`super::judge`] made: its numbers are finite.
pub fn json(report: &ClaimsReport) -> serde_json::Result<String> {
    serde_json::to_string_pretty(report).map(|text| text + "\n")
}

fn claims_summary(report: &ClaimsReport) -> String {
    let counts = Verdict::ALL.map(|verdict| format!("{} {}", report.count(verdict), verdict.name()));
    format!("{} claims: {}.", report.claims.len(), counts.join(", "))
}

fn audit_summary(report: &ClaimsReport) -> String {
    let count = |result| report.audit.iter().filter(|row| row.result == result).count();
    let counts = AuditResult::ALL.map(|result| format!("{} {}", count(result), result.name()));
    format!("{} statements of the paper about its own numbers: {}.", report.audit.len(), counts.join(", "))
}

fn section(out: &mut String, claim: &JudgedClaim) {
    let _ = writeln!(out, "\n## {}\n\n{} ({}, \"{}\")\n", claim.id, claim.says, claim.place, claim.phrase);
    let _ = writeln!(
        out,
        "**{}**: {}.{}\n",
        claim.verdict.name(),
        claim.because,
        claim.notes.iter().map(|note| format!(" Note: {note}.")).collect::<String>()
    );
    out.push_str("| first | second | corpus | task | of first | of second | difference | 95 % interval | p (Holm) | seeds | verdict |\n");
    out.push_str("|---|---|---|---|---:|---:|---:|---:|---:|---:|---|\n");
    for cell in &claim.cells {
        let task = if cell.subset.is_empty() { cell.task.clone() } else { format!("{} {}", cell.task, cell.subset) };
        let figures = cell.found.as_ref().map_or_else(|| " | | | | |".to_owned(), |found| figures(found, claim.kind));
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
}

fn figures(found: &Found, kind: &str) -> String {
    let p = found.p_holm.map_or_else(|| "-".to_owned(), p_value);
    let seeds = if kind == "counted" { "-".to_owned() } else { found.seeds.to_string() };
    format!("{:.4} | {:.4} | {:+.4} | {:+.4} to {:+.4} | {p} | {seeds}", found.first, found.second, found.difference, found.low, found.high)
}

fn line(cell: &Cell) -> String {
    let what: Vec<&str> = [cell.corpus.as_str(), &cell.task, &cell.subset].into_iter().filter(|part| !part.is_empty()).collect();
    let shown = cell.found.as_ref().map_or_else(String::new, |found| {
        let p = found.p_holm.map(|p| format!(", p {}", p_value(p))).unwrap_or_default();
        format!(" {:+.4} ({:+.4} to {:+.4}{p})", found.difference, found.low, found.high)
    });
    format!("{} against {} [{}]{shown} {}: {}", cell.first, cell.second, what.join(" "), cell.verdict.name(), cell.because)
}

fn p_value(p: f64) -> String {
    if p < 0.001 { "<0.001".to_owned() } else { format!("{p:.3}") }
}

/// A bar would end a Markdown cell.
fn escape(text: &str) -> String {
    text.replace('|', "\\|").replace(['\n', '\r'], " ")
}
