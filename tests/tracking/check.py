"""Reads event files with TensorBoard and tables with Polars, and holds them against the run records.

    python check.py FOLDER

FOLDER has runs/, live/, exported/ and {runs,history,scores}.{csv,parquet,jsonl}.
"""

import json
import struct
import sys
from pathlib import Path

import polars
from polars.testing import assert_frame_equal
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.backend.event_processing.event_file_loader import EventFileLoader

# What an epoch's record has, by tag.
OF_EPOCH = {
    "train/learning_rate": "learning_rate",
    "train/clipped": "clipped",
    "loss/mer": "loss_mer",
    "loss/men": "loss_men",
    "dev_mention/f1": "dev_mention_f1",
    "dev_concept/f1": "dev_concept_f1",
}


def single(value):
    """As a 32-bit float, which is what an event holds."""
    return struct.unpack("f", struct.pack("f", value))[0]


def folder_of(root, record):
    (found,) = [path for path in root.iterdir() if path.name.endswith(record["result"]["run_id"][:12])]
    return found


def check_events(root, record, live):
    run = folder_of(root, record)
    for network in record["result"]["networks"]:
        folder = run if network["tasks"] == "both" else run / network["tasks"]
        # Every event of every file is whole: the loader checks lengths and checksums.
        for file in folder.glob("*tfevents*"):
            events = list(EventFileLoader(str(file)).Load())
            assert events[0].file_version == "brain.Event:2", file
        curves = EventAccumulator(str(folder))
        curves.Reload()
        tags = set(curves.Tags()["scalars"])
        for tag, key in OF_EPOCH.items():
            expected = [(epoch["epoch"], single(epoch[key])) for epoch in network["epochs"] if epoch[key] is not None]
            found = [(event.step, event.value) for event in curves.Scalars(tag)] if tag in tags else []
            assert found == expected, (folder, tag, found, expected)
        assert all(event.value > 0 for event in curves.Scalars("train/tokens_per_second"))
        if live:
            for task, name in [("mer", "mention"), ("men", "concept")]:
                if network["tasks"] in ("both", task):
                    scores = [curves.Scalars(f"dev_{name}/{score}") for score in ("precision", "recall", "f1")]
                    for precision, recall, f1 in zip(*scores, strict=True):
                        total = precision.value + recall.value
                        expected = 2 * precision.value * recall.value / total if total else 0
                        assert abs(f1.value - expected) < 1e-6, (folder, name, precision, recall, f1)
        else:
            for task, name in [("mer", "mention"), ("men", "concept")]:
                if network["tasks"] in ("both", task):
                    (event,) = curves.Scalars(f"selected_test_{name}/f1")
                    counts = record["result"]["test"][name]["kit"]
                    f1 = 2 * counts["tp"] / max(2 * counts["tp"] + counts["fp"] + counts["fn"], 1)
                    assert event.value == single(f1) and event.step == max(network["selected_epochs"])


def check_frames(root, records):
    frames = {}
    for what in ("runs", "history", "scores"):
        parquet = polars.read_parquet(root / f"{what}.parquet")
        lines = polars.read_ndjson(root / f"{what}.jsonl", infer_schema_length=None)
        table = polars.read_csv(root / f"{what}.csv", infer_schema_length=None)
        # Text formats have no types, and Polars gives the columns of JSON Lines in an order of its own.
        assert_frame_equal(parquet, lines.select(parquet.columns).cast(dict(parquet.schema)), check_exact=True)
        assert_frame_equal(parquet, table.cast(dict(parquet.schema)), check_exact=True)
        frames[what] = parquet
    runs, history, scores = frames["runs"], frames["history"], frames["scores"]
    assert set(runs["run"]) == {record["result"]["run_id"] for record in records}
    assert runs.schema["train.learning_rate"] == polars.Float64 and runs.schema["train.epochs"] == polars.UInt64
    for record in records:
        result = record["result"]
        of_run = history.filter(polars.col("run") == result["run_id"])
        for network in result["networks"]:
            rows = of_run.filter(polars.col("network") == network["tasks"]).to_dicts()
            assert len(rows) == len(network["epochs"])
            for row, epoch in zip(rows, network["epochs"]):
                assert all(row[key] == value for key, value in epoch.items()), (row, epoch)
                assert row["selected"] == (epoch["epoch"] in network["selected_epochs"])
        (row,) = scores.filter(
            (polars.col("run") == result["run_id"]) & (polars.col("split") == "test") & (polars.col("score") == "concept")
        ).to_dicts()
        assert {key: row[key] for key in ("tp", "fp", "fn")} == result["test"]["concept"]["kit"]


def main(root):
    records = [json.loads(path.read_text()) for path in sorted(root.glob("runs/*/record.json"))]
    assert len(records) == 2, records
    for record in records:
        check_events(root / "live", record, live=True)
        check_events(root / "exported", record, live=False)
    check_frames(root, records)
    files = len(list((root / "live").rglob("*tfevents*")))
    print(f"good: {files} live event files, {len(records)} exported runs, 9 tables")


main(Path(sys.argv[1]))
