#!/usr/bin/env python3
"""Times `mermen bench` and the same network in PyTorch in turn and prints a table of the ratios.

The peer is a program that takes --mode lstm|train|predict|crf, --batch, --sentences, --men-tags, --threads and --frozen, writes its load
with --dump FILE (word ids, one sentence a line) and prints one JSON line with `tokens` and `tokens_per_s`. Each case is run --pairs
times: first the peer, which dumps its load, then mermen over that load, then the machine's peak (`mermen bench --peak`). The ratio is
the median of the pairs' ratios; speeds and shares of the peak are medians too. Nothing else should run on the core meanwhile.

    python3 benches/compare.py --peer PEER.py --python PYTHON-WITH-TORCH [--mermen target/release/mermen] [--core 1] [--write benches/README.md]
"""
import argparse, json, pathlib, shutil, statistics, subprocess, sys, tempfile

HIDDEN, DIM, FEATURES, TAGS, MER = 100, 100, 130, 670, 3
# name, arguments of both, sentences, budget (a ratio unless it says more)
CASES = [
    ("three Bi-LSTM layers, forward + backward", ["--mode", "lstm", "--batch", "1"], 200, "3"),
    ("", ["--mode", "lstm", "--batch", "16"], 640, "1.8"),
    ("training step", ["--mode", "train", "--batch", "1"], 200, "7"),
    ("", ["--mode", "train", "--batch", "16"], 640, "5"),
    ("training step, frozen word vectors", ["--mode", "train", "--batch", "1", "--frozen"], 200, ""),
    ("", ["--mode", "train", "--batch", "16", "--frozen"], 640, ""),
    ("prediction", ["--mode", "predict", "--batch", "32"], 640, "4.5"),
    ("CRF over 670 tags, forward + backward", ["--mode", "crf", "--batch", "1"], 40, ""),
    ("", ["--mode", "crf", "--batch", "16"], 64, "120"),
]


def flops(mode):
    """Least floating-point operations a token: two for each multiplication with an addition."""
    lstm = sum(2 * (width + HIDDEN) * 4 * HIDDEN for width in (FEATURES, 2 * HIDDEN, 2 * HIDDEN))
    heads = 2 * HIDDEN * (MER + TAGS) + 2 * MER * TAGS
    return {"lstm": 2 * 3 * lstm, "train": 2 * 3 * (lstm + heads), "predict": 2 * (lstm + heads), "crf": 6 * TAGS**2}[mode]


def main():
    ap = argparse.ArgumentParser(formatter_class=argparse.RawDescriptionHelpFormatter, description=__doc__)
    ap.add_argument("--peer", required=True, help="the PyTorch program")
    ap.add_argument("--python", default=sys.executable, help="a Python that has PyTorch")
    ap.add_argument("--mermen", default="target/release/mermen")
    ap.add_argument("--core", default="1", help="core that everything is pinned to, where there is taskset")
    ap.add_argument("--pairs", type=int, default=3)
    ap.add_argument("--only", help="only the modes named, as in lstm,train")
    ap.add_argument("--write", help="Markdown file whose table between the marks of this script is replaced")
    a = ap.parse_args()
    pin = ["taskset", "-c", a.core] if shutil.which("taskset") else []

    def run(*command):
        return json.loads(subprocess.run([*pin, *command], check=True, capture_output=True, text=True).stdout.splitlines()[-1])

    def ours(*arguments):
        return run(a.mermen, "bench", *arguments)

    lines, crf = [], []
    with tempfile.TemporaryDirectory() as folder:
        load = str(pathlib.Path(folder) / "load.txt")
        for name, both, sentences, budget in CASES:
            mode = both[1]
            if a.only and mode not in a.only.split(","):
                continue
            common = [*both, "--sentences", str(sentences), "--men-tags", str(TAGS)]
            pairs = []
            for _ in range(a.pairs):
                theirs = run(a.python, a.peer, *common, "--dump", load)
                mine = ours(*common, "--load", load)
                peak = ours("--peak")["gflop_per_s"]
                assert theirs["tokens"] == mine["tokens"], f"not the same load: {theirs} and {mine}"
                pairs.append((mine["tokens_per_s"], theirs["tokens_per_s"], peak))
                if mode == "train" and both[3] == "16" and "--frozen" not in both:
                    with_crf = ours(*common, "--load", load, "--crf")
                    crf.append(mine["tokens_per_s"] / with_crf["tokens_per_s"])
            median = lambda f: statistics.median(f(*p) for p in pairs)
            share = median(lambda m, t, p: m * flops(mode) / p / 1e9)
            ratios = sorted(m / t for m, t, _ in pairs)
            lines.append(f"| {name} | {both[3]} | {median(lambda m, t, p: m):,.0f} | {median(lambda m, t, p: t):,.0f} | "
                         f"{statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f}) | {budget} | {share:.0%} |")
            print(lines[-1], file=sys.stderr)
        peak = ours("--peak")["gflop_per_s"]
    table = ["| what | B | ours, tokens/s | PyTorch, tokens/s | ratio (lowest to highest) | budget | share of peak |", "|---|---|---|---|---|---|---|", *lines, ""]
    if crf:
        table.append(f"A training step with a CRF on both heads takes {statistics.median(crf):.2f} times one without (B = 16; budget 1.35).")
    model = next((l.split(":", 1)[1].strip() for l in open("/proc/cpuinfo") if l.startswith("model name")), "unknown") if pathlib.Path("/proc/cpuinfo").exists() else "unknown"
    version = run(a.python, "-c", "import torch, json; print(json.dumps(torch.__version__))")
    table.append(f"{a.pairs} pairs each on one core of {model}; PyTorch {version}; peak of a square product at the end {peak:.0f} GFLOP/s.")
    text = "\n".join(table)
    print(text)
    if a.write:
        begin, end = "<!-- compare.py -->", "<!-- end -->"
        path = pathlib.Path(a.write)
        before, rest = path.read_text().split(begin)
        path.write_text(f"{before}{begin}\n{text}\n{end}{rest.split(end)[1]}")


if __name__ == "__main__":
    main()
