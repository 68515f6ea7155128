import os
import wave
from pathlib import Path

import numpy as np
import pytest

FIXTURES = Path(os.environ["PARLA_FIXTURES"])


@pytest.fixture(scope="session")
def model_path():
    """A small network of DeepSpeech's shape with random weights: it writes letters, though no words."""
    return FIXTURES / "recognition" / "output_graph.pb"


@pytest.fixture(scope="session")
def samples():
    """Two seconds of harmonics of a pitch that moves, in syllables: what counts as a voice."""
    time = np.arange(32000)
    harmonics = sum(np.sin(k * time * (0.045 + time * 2e-7)) / k for k in range(1, 12))
    return (2000 * (1 + np.sin(time * 0.0016)) * harmonics).astype(np.int16)


@pytest.fixture(scope="session")
def sound_path(samples, tmp_path_factory):
    path = tmp_path_factory.mktemp("sound") / "voice.wav"
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(16000)
        sound.writeframes(samples.tobytes())
    return path
