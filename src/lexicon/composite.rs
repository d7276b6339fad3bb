//! Mentions that name several concepts: `breast and ovarian cancer` is two.

/// A part of a composite mention, in the ways in which it may have to be completed: as it stands, with the words that the last part ends
/// in, with the words that the first part begins with.
pub(super) type Completions = Vec<String>;

/// Most parts of a mention; a longer list is no mention of diseases.
const PARTS: usize = 6;

/// The parts of a mention that is coordinated by `and`, `or`, `/`, `,` or `&`; empty where it is not.
pub(super) fn split(text: &str) -> Vec<Completions> {
    let pieces = pieces(text);
    if !(2..=PARTS).contains(&pieces.len()) {
        return Vec::new();
    }
    let (first, last) = (&pieces[0], &pieces[pieces.len() - 1]);
    let complete = |(at, piece): (usize, &Vec<&str>)| {
        let mut ways = vec![piece.join(" ")];
        if at + 1 < pieces.len() {
            // `breast [cancer]`, `Xa [muscular dystrophy]`
            for from in (1..last.len()).rev() {
                ways.push(format!("{} {}", piece.join(" "), last[from..].join(" ")));
            }
        }
        if at > 0 {
            // `[cancer of the] ovary`, `[type] 2`
            for to in 1..first.len() {
                ways.push(format!("{} {}", first[..to].join(" "), piece.join(" ")));
            }
        }
        ways.dedup();
        ways
    };
    pieces.iter().enumerate().map(complete).collect()
}

/// The words between coordinators.
fn pieces(text: &str) -> Vec<Vec<&str>> {
    let mut pieces: Vec<Vec<&str>> = vec![Vec::new()];
    let close = |pieces: &mut Vec<Vec<&str>>| {
        if pieces.last().is_some_and(|piece| !piece.is_empty()) {
            pieces.push(Vec::new());
        }
    };
    for word in text.split_whitespace() {
        let bare = word.trim_matches(|c| matches!(c, '(' | ')' | '"'));
        if matches!(bare.to_ascii_lowercase().as_str(), "and" | "or" | "and/or" | "&" | "/") {
            close(&mut pieces);
            continue;
        }
        // `depression/anxiety`: between letters only, for `17/20-lyase` is one.
        for (at, part) in slashed(bare).enumerate() {
            if at > 0 {
                close(&mut pieces);
            }
            let ends = part.ends_with([',', ';']);
            let part = part.trim_end_matches([',', ';']);
            if !part.is_empty() {
                pieces.last_mut().expect("there is one always").push(part);
            }
            if ends {
                close(&mut pieces);
            }
        }
    }
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

fn slashed(word: &str) -> impl Iterator<Item = &str> {
    let separates = |at: usize| {
        let before = word[..at].chars().next_back().is_some_and(char::is_alphabetic);
        before && word[at + 1..].chars().next().is_some_and(char::is_alphabetic)
    };
    let mut cuts: Vec<usize> = word.match_indices('/').map(|(at, _)| at).filter(|&at| separates(at)).collect();
    cuts.push(word.len());
    let mut from = 0;
    cuts.into_iter().map(move |to| {
        let part = &word[from..to];
        from = (to + 1).min(word.len());
        part
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ways(text: &str) -> Vec<Vec<String>> {
        split(text)
    }

    #[test]
    fn what_the_last_part_ends_in_completes_the_others() {
        assert_eq!(ways("breast and ovarian cancer"), [vec!["breast", "breast cancer"], vec!["ovarian cancer"]]);
        let parts = ways("colic, gastric, and/or renal stone disease");
        assert_eq!(parts.len(), 3);
        assert_eq!(parts[1], ["gastric", "gastric disease", "gastric stone disease"]);
        assert_eq!(parts[2], ["renal stone disease"]);
    }

    #[test]
    fn what_the_first_part_begins_with_completes_the_others() {
        let parts = ways("cancer of the breast or ovary");
        assert_eq!(parts[1], ["ovary", "cancer ovary", "cancer of ovary", "cancer of the ovary"]);
        assert_eq!(ways("type I and II")[1], ["II", "type II"]);
    }

    #[test]
    fn a_slash_separates_words_but_not_numbers() {
        assert_eq!(ways("gout/rash"), [["gout"], ["rash"]]);
        assert!(ways("17/20-lyase deficiency").is_empty());
    }

    #[test]
    fn what_is_not_coordinated_has_no_parts() {
        for text in ["gout", "", "and", "a, b, c, d, e, f, g", "sand disorder", ","] {
            assert!(ways(text).is_empty(), "{text}");
        }
    }
}
