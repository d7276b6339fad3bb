//! A page to look at what was found: each document with its mentions marked. It needs no network, no script and no other file.

use crate::predict::{Annotated, Annotation};
use std::io::{self, Write};

const BEGIN: &str = "<!DOCTYPE html>
<html lang=\"en\">
<head>
<meta charset=\"utf-8\">
<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">
<title>Mentions and concepts</title>
<style>
:root { color-scheme: light dark; --ground: #fff; --ink: #1a1a1a; --muted: #595959; --mark: #fff0b3; --edge: #a06a00; }
@media (prefers-color-scheme: dark) { :root { --ground: #17181a; --ink: #ececea; --muted: #b3b3b0; --mark: #4a3c10; --edge: #f0c060; } }
body { margin: 0 auto; max-width: 50rem; padding: 1rem; background: var(--ground); color: var(--ink); font: 1rem/1.6 system-ui, sans-serif; }
h2 { font-size: 1rem; margin: 2rem 0 .3rem; color: var(--muted); }
p { white-space: pre-wrap; margin: .3rem 0; overflow-wrap: anywhere; }
.title { font-weight: 600; }
mark { background: var(--mark); color: inherit; border-bottom: 2px solid var(--edge); padding: 0 .1em; }
mark small { color: var(--muted); font-size: .72em; margin-left: .25em; }
</style>
</head>
<body>
<h1>Mentions and concepts</h1>
";
const END: &str = "</body>\n</html>\n";
/// What begins each document.
const DOCUMENT: &str = "<article>\n";

pub fn write_begin(out: &mut dyn Write) -> io::Result<()> {
    out.write_all(BEGIN.as_bytes())
}

pub fn write_end(out: &mut dyn Write) -> io::Result<()> {
    out.write_all(END.as_bytes())
}

pub fn write(annotated: &Annotated, out: &mut dyn Write) -> io::Result<()> {
    let document = &annotated.document;
    let text: Vec<char> = document.text().chars().collect();
    // Between title and abstract stands one character.
    let title_end = document.title.chars().count().min(text.len());
    writeln!(out, "{DOCUMENT}<h2>{}</h2>", escape(&document.id))?;
    writeln!(out, "<p class=\"title\">{}</p>", marked(&text, 0, title_end, &annotated.annotations))?;
    if title_end < text.len() {
        writeln!(out, "<p>{}</p>", marked(&text, title_end, text.len(), &annotated.annotations).trim_start())?;
    }
    writeln!(out, "</article>")
}

/// The characters from `from` to `to`, mentions in them marked. Of mentions that overlap the first is marked.
fn marked(text: &[char], from: usize, to: usize, annotations: &[Annotation]) -> String {
    let mut inside: Vec<&Annotation> = annotations.iter().filter(|a| a.start >= from && a.end <= to && a.start < a.end).collect();
    inside.sort_by_key(|annotation| (annotation.start, annotation.end));
    let piece = |from: usize, to: usize| escape(&text[from..to].iter().collect::<String>());
    let (mut html, mut at) = (String::new(), from);
    for annotation in inside.into_iter() {
        if annotation.start < at {
            continue;
        }
        html += &piece(at, annotation.start);
        let concept = annotation.concept.as_deref().unwrap_or("no concept");
        let name = annotation.name.as_ref().map(|name| format!(": {name}")).unwrap_or_default();
        let title = format!("{}, {concept}{name}, confidence {:.2}", annotation.entity_type, annotation.mention_confidence);
        html += &format!(
            "<mark title=\"{}\">{}<small>{}</small></mark>",
            escape(&title),
            piece(annotation.start, annotation.end),
            escape(concept)
        );
        at = annotation.end;
    }
    html + &piece(at, to)
}

fn escape(text: &str) -> String {
    let shown: String = text.chars().map(|c| if c.is_control() && c != '\n' && c != '\t' { '\u{fffd}' } else { c }).collect();
    shown.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Documents of a whole page; `None` where its end is missing.
pub fn documents(html: &str) -> Option<u64> {
    html.ends_with(END).then(|| html.matches(DOCUMENT).count() as u64)
}
