#!/usr/bin/env bash
# Whether the pages that mermen writes can be read by everyone: opened in headless Chromium, wide and narrow, light and dark.
# No message on the console, no request, nothing wider than the screen, header cells, texts for figures, contrast.
#
#     tests/page/check.sh [PAGE...]
#
# Without PAGE: the published report if there is one, and pages drawn from made-up records and from the mini corpus, as the tests
# draw them. Screenshots are kept where SCREENSHOTS says. Skipped where Chromium or Node is not installed.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)

chromium=
for name in "${CHROMIUM:-chromium}" chromium-browser google-chrome chrome; do
    if command -v "$name" > /dev/null; then chromium=$(command -v "$name"); break; fi
done
if [ -z "$chromium" ] || ! command -v node > /dev/null; then
    echo "skipped: the pages need Chromium (set CHROMIUM to its path) and Node"
    exit 0
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
pages=("$@")
if [ $# -eq 0 ]; then
    (cd "$root" && MERMEN_KEEP_DRAWN=$work cargo test --release --quiet --lib -- the_paper_is_drawn_the_same_twice the_page_stands_on_its_own > "$work/log" 2>&1) ||
        { cat "$work/log"; exit 1; }
    pages=("$work/paper/index.html" "$work/explain.html")
    if [ -f "$root/reports/index.html" ]; then pages+=("$root/reports/index.html"); fi
fi
node "$root/tests/page/check.mjs" "$chromium" "${SCREENSHOTS:-$work/screenshots}" "${pages[@]}"
