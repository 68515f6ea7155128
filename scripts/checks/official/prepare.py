"""Fills the last window of a 16 kHz WAV with zeros as the official clients do, and writes a model's alphabet.

prepare.py WAV FILLED SUMMARY ALPHABET: SUMMARY is what `parla model inspect --json` prints. Needs no packages.
"""
import json, sys, wave

clip, filled, summary, alphabet = sys.argv[1:]
model = json.load(open(summary))
features = model["features"]
rate = features["sample_rate"]
window, step = (rate * features[key] // 1000 for key in ("window", "step"))
with wave.open(clip) as file:
    count, parameters = file.getnframes(), file.getparams()
    samples = file.readframes(count)
assert parameters[:3] == (1, 2, rate), f"{clip}: expected one channel of 16 bits at {rate} Hz"
frames = max(0, (count - window) // step + 1)
missing = frames * step + window - count
with wave.open(filled, "wb") as file:
    file.setparams(parameters)
    file.writeframes(samples + bytes(2 * missing))
with open(alphabet, "w", encoding="utf-8") as file:
    file.writelines(("\\#" if label == "#" else label) + "\n" for label in model["alphabet"])
