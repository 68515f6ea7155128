"""Transcribes a 16 kHz WAV with an official client: scorer_client.py deepspeech|stt MODEL WAV [SCORER]. Prints confidence and text."""
import importlib, sys, wave
import numpy as np

module, model, path, *scorers = sys.argv[1:]
with wave.open(path) as file:
    samples = np.frombuffer(file.readframes(file.getnframes()), np.int16)
client = importlib.import_module(module).Model(model)
for scorer in scorers:
    client.enableExternalScorer(scorer)
best = client.sttWithMetadata(samples, 1).transcripts[0]
print(f"{best.confidence:.6f}\t{''.join(token.text for token in best.tokens)}")
