#!/usr/bin/env python3
"""wav2vec 2.0 in transformers: makes a random base model of 95 million parameters, or transcribes a WAV with one.

    torch_wav2vec2.py make FOLDER           the model as save_pretrained writes it, with vocabulary and settings
    torch_wav2vec2.py run FOLDER WAV N      N threads; prints seconds of the network, processor seconds, peak MiB and the text's length

Needs PyTorch 2.11 and transformers 5.17.0.
"""
import json
import pathlib
import resource
import sys
import time
import wave

import numpy as np
import torch
import transformers


def make(folder):
    torch.manual_seed(7)
    folder.mkdir(parents=True, exist_ok=True)
    transformers.Wav2Vec2ForCTC(transformers.Wav2Vec2Config(vocab_size=32, pad_token_id=0)).save_pretrained(folder)
    tokens = ["<pad>", "<s>", "</s>", "<unk>", "|", *"abcdefghijklmnopqrstuvwxyz'"]
    (folder / "vocab.json").write_text(json.dumps({token: index for index, token in enumerate(tokens)}))
    (folder / "preprocessor_config.json").write_text(json.dumps({"do_normalize": True, "sampling_rate": 16000}))


def run(folder, sound, threads):
    torch.set_num_threads(threads)
    with wave.open(sound) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / 32768
    model = transformers.Wav2Vec2ForCTC.from_pretrained(folder).eval()
    started = time.perf_counter()
    with torch.inference_mode():
        values = torch.from_numpy((samples - samples.mean()) / np.sqrt(samples.var() + 1e-7))
        labels = model(values[None]).logits[0].argmax(-1)
    seconds = time.perf_counter() - started
    usage = resource.getrusage(resource.RUSAGE_SELF)
    print(f"{seconds:.2f} {usage.ru_utime + usage.ru_stime:.2f} {usage.ru_maxrss // 1024} {len(labels)}")


if sys.argv[1:2] == ["make"] and len(sys.argv) == 3:
    make(pathlib.Path(sys.argv[2]))
elif sys.argv[1:2] == ["run"] and len(sys.argv) == 5:
    run(sys.argv[2], sys.argv[3], int(sys.argv[4]))
else:
    sys.exit(__doc__)
