#!/usr/bin/env bash
# Whether the tools of others read what mermen writes: from a clean environment, TensorBoard its event files (written live, by
# an interrupted run too, and from records) and Polars the exported records in every format.
#
#     tests/tracking/check.sh [MERMEN]
#
# MERMEN is the program to try; without it, it is built. Needs Python 3 with venv, and PyPI.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
here=$root/tests/tracking

if [ $# -gt 0 ]; then
    mermen=$(realpath "$1")
else
    (cd "$root" && cargo build --release --quiet)
    mermen=$(realpath "${CARGO_TARGET_DIR:-$root/target}/release/mermen")
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

cat > tiny.yaml <<'YAML'
name: tiny
defaults:
  data.corpus: mini
  embedding.name: mini-20
  model.layers: 1
  train: {epochs: 4, batch: 8, optimizer: adam, learning_rate: 0.005}
matrix:
  model.framework: [pipeline, mtl-both-feedback]
YAML
call=("$mermen" run tiny.yaml --data-dir "$root/data" --tensorboard live --jobs 1)

# Interrupted as soon as there is something to see, then taken up again: each epoch is to be there once.
"${call[@]}" > run.out 2> run.log & pid=$!
for _ in $(seq 600); do
    [ -d live ] && break
    kill -0 "$pid" 2> /dev/null || break
    sleep 0.1
done
kill -INT "$pid" 2> /dev/null || true
wait "$pid" || true
"${call[@]}" > run.out 2>> run.log || { cat run.log; exit 1; }

"$mermen" export tensorboard --output exported
for what in runs history scores; do
    for format in csv parquet jsonl; do
        "$mermen" export records --what "$what" --to "$format" --output "$what.$format"
    done
done

python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check -r "$here/requirements.txt"
venv/bin/python "$here/check.py" .
