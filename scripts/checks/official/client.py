"""Transcribes a 16 kHz WAV with an official client and compares with Parla's candidates.

client.py deepspeech|stt MODEL WAV CANDIDATES TOLERANCE: CANDIDATES is what `parla decode --json` prints. The best texts must
be equal, and the probabilities of all texts that both have within TOLERANCE, unless that is `text`.
"""
import importlib, json, math, sys, wave
import numpy as np

module, model, path, candidates, tolerance = sys.argv[1:]
with wave.open(path) as file:
    samples = np.frombuffer(file.readframes(file.getnframes()), np.int16)
transcripts = importlib.import_module(module).Model(model).sttWithMetadata(samples, 20).transcripts
theirs = [("".join(token.text for token in item.tokens), item.confidence) for item in transcripts]
ours = [(item["text"], item["confidence"]) for item in json.load(open(candidates))["candidates"]]
shared = [(math.exp(dict(ours)[text]), math.exp(score)) for text, score in theirs if text in dict(ours)]
difference = max((abs(a - b) for a, b in shared), default=1.0)
print(f"        \"{theirs[0][0]}\", {len(shared)} of {len(theirs)} texts are Parla's too, "
      f"largest difference of their probabilities {difference:.1e}")
if theirs[0][0] != ours[0][0]:
    sys.exit(f"Parla recognises \"{ours[0][0]}\"")
sys.exit(0 if tolerance == "text" or difference <= float(tolerance) else 1)
