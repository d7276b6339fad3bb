#!/usr/bin/env bash
# From a YAML file to a paper: a corpus and word vectors of one's own, three labelled models with three seeds each, a table, a figure, a paired
# test, a page, and paper.tex compiled where pdflatex is.
#
#     examples/paper/run.sh [FOLDER]      everything is written to FOLDER, else to a temporary one
#
# MERMEN names the program. The table is checked against the one beside this script; UPDATE=1 takes it again.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
program=${MERMEN:-$(command -v mermen || echo "$here/../../target/release/mermen")}
if [[ $# -gt 0 ]]; then
    folder=$1
else
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
fi
mkdir -p "$folder/data"
cd "$folder"
cp "$here/paper.yaml" "$here/paper.tex" .
awk -v out=data -f "$here/generate.awk"

"$program" data stats paper.yaml
"$program" run paper.yaml
"$program" report paper.yaml > /dev/null
"$program" claims paper.yaml
"$program" compare --where data.corpus=notes --first model.framework=mtl-both-feedback --second model.framework=mtl

drawn=reports/feedback-on-notes
for file in "$drawn"/{index.html,tables/feedback-on-notes-scores.{tex,md,csv},figures/feedback-on-notes-bars.{pdf,svg,png}}; do
    test -s "$file" || { echo "missing: $file" >&2; exit 1; }
done
if [[ ${UPDATE:-} ]]; then
    cp "$drawn/tables/feedback-on-notes-scores.tex" "$here/"
fi
diff "$here/feedback-on-notes-scores.tex" "$drawn/tables/feedback-on-notes-scores.tex"

if command -v pdflatex > /dev/null; then
    # Twice: the second time the references are known.
    for _ in 1 2; do
        pdflatex -interaction=nonstopmode -halt-on-error paper.tex > latex.log 2>&1 || { tail -30 latex.log >&2; exit 1; }
    done
    if grep -E "Warning|warning|Overfull" latex.log >&2; then
        echo "paper.tex compiles with warnings" >&2
        exit 1
    fi
    echo "paper.pdf compiled"
else
    echo "no pdflatex here: paper.tex is not compiled"
fi
