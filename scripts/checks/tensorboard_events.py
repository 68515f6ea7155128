"""Reads event files with TensorBoard and makes sure that the curves are there: tensorboard_events.py FOLDER EPOCHS."""

import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

EXPECTED = {
    "train": ["step_loss", "epoch_loss", "learning_rate", "audio_seconds_per_second"],
    "dev": ["epoch_loss", "wer", "cer"],
}

folder, epoch_count = sys.argv[1], int(sys.argv[2])
for part, tags in EXPECTED.items():
    events = EventAccumulator(f"{folder}/{part}")
    events.Reload()
    found = events.Tags()["scalars"]
    assert sorted(found) == sorted(tags), f"{part}: found {found}, expected {tags}"
    for tag in tags:
        scalars = events.Scalars(tag)
        steps = [scalar.step for scalar in scalars]
        assert steps == sorted(set(steps)), f"{part}/{tag}: steps {steps}"
        if tag == "epoch_loss":
            assert len(scalars) == epoch_count, f"{part}/{tag}: {len(scalars)} epochs"
        print(f"{part}/{tag}: {len(scalars)} values, the last {scalars[-1].value:.4f} at {steps[-1]}")
