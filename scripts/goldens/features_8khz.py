"""Remakes Tests/ParlaTestSupport/Fixtures/features/chirp_8000.*: NumPy 2.4.6, float64, formulas of TensorFlow 1.15's
spectrogram.cc, mfcc.cc, mfcc_mel_filterbank.cc and mfcc_dct.cc as dense matrices. Checked with --check against its own
kernels' numbers for the 16 kHz clips in the same folder."""
import pathlib
import sys
import wave

import numpy as np

FOLDER = pathlib.Path(__file__).parents[2] / "Tests/ParlaTestSupport/Fixtures/features"


def mel(hertz):
    return 1127 * np.log(1 + hertz / 700)


def features(samples, rate, window, step, coefficients=26, channels=40, lower=20):
    length = 1 << (window - 1).bit_length()
    starts = range(0, len(samples) - window + 1, step)
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(window) / window)
    frames = np.array([samples[s : s + window] * hann for s in starts]).reshape(-1, window)
    power = (np.abs(np.fft.rfft(frames, length)) ** 2).astype(np.float32)

    bins = length // 2 + 1
    edges = np.linspace(mel(lower), mel(rate / 2), channels + 2)
    bank = np.zeros((bins, channels))
    for b in range(int(1.5 + lower / (rate / length)), int((rate / 2) / (rate / length)) + 1):
        m = mel(b * rate / length)
        for c in range(channels):
            rise = (m - edges[c]) / (edges[c + 1] - edges[c])
            fall = (edges[c + 2] - m) / (edges[c + 2] - edges[c + 1])
            bank[b, c] = max(0, min(rise, fall))
    logs = np.log(np.maximum(np.sqrt(power.astype(float)) @ bank, 1e-12))
    i, j = np.meshgrid(np.arange(coefficients), np.arange(channels), indexing="ij")
    cosines = np.sqrt(2 / channels) * np.cos(i * np.pi / channels * (j + 0.5))
    return (logs @ cosines.T).astype(np.float32), power


def read(path):
    with wave.open(str(path)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768


if "--check" in sys.argv:
    for path in sorted(FOLDER.glob("syn_*.wav")):
        mfcc, _ = features(read(path), 16000, 512, 320)
        golden = np.load(path.with_suffix(".mfcc.npy"))
        print(path.stem, mfcc.shape, np.abs(mfcc - golden).max(initial=0))
    sys.exit()

t = np.arange(4000) / 8000
chirp = 0.4 * np.sin(2 * np.pi * (50 * t + 3800 * t * t))
chirp += 0.02 * np.random.default_rng(8000).standard_normal(t.size)
with wave.open(str(FOLDER / "chirp_8000.wav"), "wb") as file:
    file.setparams((1, 2, 8000, 0, "NONE", ""))
    file.writeframes((chirp * 32767).astype("<i2").tobytes())
mfcc, power = features(read(FOLDER / "chirp_8000.wav"), 8000, 256, 160)
np.save(FOLDER / "chirp_8000.mfcc.npy", mfcc)
np.save(FOLDER / "chirp_8000.spectrogram.npy", power)
