"""Transcribes a 16 kHz WAV with an official client: client.py deepspeech|stt MODEL WAV. Prints confidence and text."""
import importlib, sys, wave
import numpy as np

module, model, path = sys.argv[1:]
with wave.open(path) as file:
    samples = np.frombuffer(file.readframes(file.getnframes()), np.int16)
best = importlib.import_module(module).Model(model).sttWithMetadata(samples, 1).transcripts[0]
print(f"{best.confidence:.6f}\t{''.join(token.text for token in best.tokens)}")
