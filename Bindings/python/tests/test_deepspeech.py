import numpy as np
import pytest

import parla
from parla.deepspeech import Model


def test_it_writes_what_parla_writes(model_path, samples):
    theirs, ours = Model(str(model_path)), parla.Model(model_path, precision="float32")
    assert theirs.sampleRate() == 16000
    assert theirs.stt(samples) == ours.transcribe(samples).text
    assert theirs.stt(samples.tobytes()) == theirs.stt(samples)


def test_metadata_has_tokens_and_confidences(model_path, samples):
    model = Model(str(model_path))
    metadata = model.sttWithMetadata(samples, 3)
    assert len(metadata.transcripts) == 3
    best = metadata.transcripts[0]
    assert "".join(token.text for token in best.tokens) == model.stt(samples)
    assert all(abs(token.start_time - 0.02 * token.timestep) < 1e-4 for token in best.tokens)
    assert best.confidence >= metadata.transcripts[1].confidence


def test_streams(model_path, samples):
    model = Model(str(model_path))
    model.setBeamWidth(20)
    stream = model.createStream()
    for start in range(0, len(samples), 640):
        stream.feedAudioContent(samples[start : start + 640])
        stream.intermediateDecode()
    assert stream.finishStream() == model.stt(samples)
    with pytest.raises(RuntimeError):
        stream.feedAudioContent(samples)


def test_other_samples_are_refused(model_path):
    with pytest.raises(TypeError, match="float64"):
        Model(str(model_path)).stt(np.zeros(10))
