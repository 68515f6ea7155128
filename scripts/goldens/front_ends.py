"""Remakes Tests/ParlaTestSupport/Fixtures/features/chirp_16000.*: front ends by their formulas, in NumPy's float64.

log_mel: 40 channels of 25 ms every 10 ms as dense matrices; log_spectrum: ln(power + 1e-6); sound: the samples in frames of 80;
each as it is, and normalised: over the whole (utterance), by given numbers (fixed), by the mean so far (running)."""
import json
import pathlib
import wave

import numpy as np

FOLDER = pathlib.Path(__file__).parents[2] / "Tests/ParlaTestSupport/Fixtures/features"
RATE = 16000


def mel(hertz):
    return 1127 * np.log1p(hertz / 700)


def power(samples, window, step):
    frames = np.lib.stride_tricks.sliding_window_view(samples, window)[::step]
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(window) / window)
    return np.abs(np.fft.rfft(frames * hann, 1 << (window - 1).bit_length())) ** 2


def log_mel(samples, channels, lowest, highest):
    spectrum = power(samples, 400, 160)
    edges = np.linspace(mel(lowest), mel(highest), channels + 2)
    bins = mel(np.linspace(0, RATE / 2, spectrum.shape[1]))[:, None]
    rise = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2])
    fall = (edges[2:] - bins) / (edges[2:] - edges[1:-1])
    return np.log(spectrum @ np.maximum(0, np.minimum(rise, fall)) + 1e-6)


def running(x, mean, deviation, prior, memory):
    mean = mean.copy()
    result = np.empty_like(x)
    for t in range(len(x)):
        mean += (x[t] - mean) / min(prior + t + 1, memory)
        result[t] = (x[t] - mean) / deviation
    return result


t = np.arange(4000) / RATE
chirp = 0.4 * np.sin(2 * np.pi * (50 * t + 14000 * t * t))
chirp += 0.02 * np.random.default_rng(16000).standard_normal(t.size)
with wave.open(str(FOLDER / "chirp_16000.wav"), "wb") as file:
    file.setparams((1, 2, RATE, 0, "NONE", ""))
    file.writeframes((chirp * 32767).astype("<i2").tobytes())
sound = (chirp * 32767).astype("<i2") / 32768
x = log_mel(sound, 40, 20, 8000)
mean, deviation = np.round(x.mean(0) + 0.5, 3), np.round(x.std(0) + 0.1, 3)
samples = sound[: len(sound) // 80 * 80].reshape(-1, 80)
results = {
    "log_mel": x,
    "log_mel.narrow": log_mel(sound, 23, 100, 3800),
    "log_mel.utterance": (x - x.mean(0)) / np.sqrt(x.var(0) + 1e-7),
    "log_mel.fixed": (x - mean) / deviation,
    "log_mel.running": running(x, mean, deviation, 10, 15),
    "log_spectrum": np.log(power(sound, 400, 160) + 1e-6)[:4],
    "sound": samples,
    "sound.utterance": (sound - sound.mean()) / np.sqrt(sound.var() + 1e-7),
}
results["sound.utterance"] = results["sound.utterance"][:, None][:800]
numbers = {"mean": mean.tolist(), "deviation": deviation.tolist()}
(FOLDER / "chirp_16000.json").write_text(json.dumps(numbers) + "\n")
for name, values in results.items():
    np.save(FOLDER / f"chirp_16000.{name}.npy", values.astype(np.float32))
