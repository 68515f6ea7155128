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
def sound_path():
    return FIXTURES / "features" / "syn_noise.wav"


@pytest.fixture(scope="session")
def samples(sound_path):
    with wave.open(str(sound_path)) as sound:
        return np.frombuffer(sound.readframes(sound.getnframes()), dtype=np.int16)
