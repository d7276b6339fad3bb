# Sixty invented abstracts in PubTator's format, split 40/10/10, and 25-dimensional vectors of their words in GloVe's format. The same bytes from
# any awk: random numbers come from Park and Miller's generator, whose products fit a double.
#
#     awk -v out=FOLDER -f generate.awk

function random(n) { state = (state * 16807) % 2147483647; return state % n }
function pick(list, n) { return list[1 + random(n)] }

# Appends text to the passage, and notes where its words stand.
function add(text) { passage = passage text }

# Appends a disease under one of its names, with its place and its id.
function disease(which,    form, start) {
    form = name[which, random(2)]
    start = length(passage)
    add(form)
    notes = notes pmid "\t" start "\t" length(passage) "\t" form "\tDisease\t" id[which] "\n"
}

function sentence(which, other,    kind) {
    kind = random(6)
    if (kind == 0) { add("We studied " pick(group, groups) " with "); disease(which); add(" who were given " pick(drug, drugs) ". ") }
    if (kind == 1) { add("No sign of "); disease(which); add(" was seen after " pick(span, spans) ". ") }
    if (kind == 2) { disease(which); add(" was more frequent than "); disease(other); add(" in " pick(group, groups) ". ") }
    if (kind == 3) { add("The dose of " pick(drug, drugs) " was doubled after " pick(span, spans) ". ") }
    if (kind == 4) { add("Patients with "); disease(which); add(" or "); disease(other); add(" received " pick(drug, drugs) ". ") }
    if (kind == 5) { add("Treatment with " pick(drug, drugs) " relieved "); disease(which); add(" in " pick(group, groups) ". ") }
}

function numbers(word, of_disease,    i, text) {
    text = word
    for (i = 1; i <= 25; i++) text = text sprintf(" %.4f", (random(20001) - 10000) / 20000 + (of_disease && i <= 5 ? 0.6 : 0))
    print text > (out "/vectors.txt")
}

BEGIN {
    state = 20190127
    diseases = split("velar fever|marsh fever;noral palsy|facial noral palsy;tidal asthma|tidal wheeze;lunar eczema|pale eczema;" \
        "delta anaemia|river anaemia;amber colitis|colitis of amber type;stellar migraine|star headache;coral nephritis|reef kidney;" \
        "mosaic arthritis|tile arthritis;silent neuritis|mute neuritis;opal dermatitis|opal rash;harbour cough|dock cough", entry, ";")
    for (d = 1; d <= diseases; d++) {
        split(entry[d], forms, "|")
        name[d, 0] = forms[1]; name[d, 1] = forms[2]; id[d] = sprintf("X%03d", d)
    }
    groups = split("adults,children,twelve volunteers,older men,nurses,young women", group, ",")
    drugs = split("calmidol,ferrazine,noctaline,solvamin,tropexan", drug, ",")
    spans = split("two weeks,a month,one year,six days", span, ",")
    for (document = 1; document <= 60; document++) {
        pmid = 9000000 + document
        file = out "/" (document <= 40 ? "train" : document <= 50 ? "dev" : "test") ".PubTator.txt"
        passage = notes = ""
        first = 1 + random(diseases); second = 1 + (first + random(diseases - 1)) % diseases
        add("Effects of " pick(drug, drugs) " on "); disease(first)
        title = length(passage)
        add(" ")
        for (s = 2 + random(3); s >= 0; s--) sentence(first, second)
        sub(/ $/, "", passage)
        printf "%s|t|%s\n%s|a|%s\n%s\n", pmid, substr(passage, 1, title), pmid, substr(passage, title + 2), notes > file
        words = split(passage, token, /[ .]+/)
        for (w = 1; w <= words; w++) if (token[w] != "" && !(token[w] in seen)) { seen[token[w]] = 1; order[++distinct] = token[w] }
    }
    for (d = 1; d <= diseases; d++) for (f = 0; f < 2; f++) {
        parts = split(name[d, f], part, " ")
        for (p = 1; p <= parts; p++) of_disease[part[p]] = 1
    }
    # One word in eight has no vector.
    for (w = 1; w <= distinct; w++) if (w % 8) numbers(order[w], order[w] in of_disease)
}
