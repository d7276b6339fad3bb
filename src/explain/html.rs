//! An explanation as a page that needs no network, no script and no other file. It looks like the page of the report.

use super::layout::{Listing, Section};
use super::{Example, Who};
use crate::report::page::{escape, style, table_grid};
use std::fmt::Write;

/// Marks in sentences, and space for them in a table.
const STYLE: &str = include_str!("style.css");

/// `title` names the run and the split.
pub fn html(sections: &[Section], title: &str) -> String {
    let title = escape(title);
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>Errors of {title}</title>\n<link rel=\"icon\" href=\"data:,\">\n<style>\n{}{STYLE}</style>\n</head>\n<body>\n<header>\n<h1>Errors of a run</h1>\n<p>{title}</p>\n\
         <nav aria-label=\"Sections\"><ul>",
        style()
    );
    for section in sections {
        let _ = write!(page, "<li><a href=\"#{}\">{}</a></li>", section.id, escape(section.heading));
    }
    page.push_str("</ul></nav>\n<p class=\"legend\">In a sentence: ");
    for who in [Who::Gold, Who::Mer, Who::Men] {
        let _ = write!(page, "<span class=\"{}\">{}</span> ", class(who), who.name());
    }
    page.push_str("</p>\n</header>\n<main>\n");
    for Section { id, heading, lead, tables } in sections {
        let _ = writeln!(page, "<section aria-labelledby=\"{id}\">\n<h2 id=\"{id}\">{}</h2>\n<p>{}</p>", escape(heading), escape(lead));
        tables.iter().for_each(|table| draw(&mut page, table));
        page.push_str("</section>\n");
    }
    page.push_str("</main>\n<footer>\n<p>Drawn by <code>mermen explain</code>. The sentences are the corpus's: share this page as its licence allows.</p>\n</footer>\n</body>\n</html>\n");
    page
}

fn draw(page: &mut String, Listing { table, examples, more }: &Listing) {
    if table.lines.is_empty() {
        let _ = writeln!(page, "<p>{}: none.</p>", escape(&table.caption));
        return;
    }
    table_grid(page, table, |page, row| {
        if !examples[row].is_empty() {
            let _ = writeln!(page, "<tr><td class=\"context\" colspan=\"{}\">", table.stub.len());
            examples[row].iter().for_each(|example| sentence(page, example));
            page.push_str("</td></tr>\n");
        }
    });
    if *more > 0 {
        let _ = writeln!(page, "<p class=\"notes\">And {more} more.</p>");
    }
}

fn class(who: Who) -> &'static str {
    match who {
        Who::Gold => "gold",
        Who::Mer => "mer",
        Who::Men => "men",
    }
}

/// The sentence cut at every boundary of a mention, each stretch in the classes of those whose it is, and the mentions in words for who
/// cannot see the marks.
fn sentence(page: &mut String, example: &Example) {
    let characters: Vec<char> = example.text.chars().collect();
    let mut cuts: Vec<usize> = example.marks.iter().flat_map(|mark| [mark.start, mark.end]).chain([0, characters.len()]).collect();
    cuts.sort_unstable();
    cuts.dedup();
    page.push_str("<p>");
    for stretch in cuts.windows(2) {
        let text = escape(&characters[stretch[0]..stretch[1].min(characters.len())].iter().collect::<String>());
        let whose: Vec<&str> =
            example.marks.iter().filter(|m| m.start <= stretch[0] && stretch[1] <= m.end).map(|mark| class(mark.who)).collect();
        let _ = if whose.is_empty() { write!(page, "{text}") } else { write!(page, "<mark class=\"{}\">{text}</mark>", whose.join(" ")) };
    }
    let said: Vec<String> = example
        .marks
        .iter()
        .map(|mark| {
            let words: String = characters.get(mark.start..mark.end).unwrap_or_default().iter().collect();
            format!("{}: {}", mark.who.name(), escape(&words))
        })
        .collect();
    let _ =
        write!(page, " <span class=\"source\">{}</span><span class=\"unseen\"> {}</span></p>", escape(&example.document), said.join("; "));
}
