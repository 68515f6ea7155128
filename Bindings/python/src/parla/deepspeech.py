"""The classes of the Python packages `deepspeech` 0.9.3 and `stt` 1.4, with Parla inside.

Change `from deepspeech import Model` to `from parla.deepspeech import Model`. Models are computed as there: those of
.tflite files in bytes, others in single precision.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import List, Optional, Sequence

import numpy as np

from . import Model as _Model
from . import Stream as _Stream
from . import Transcript, __version__

__all__ = ["CandidateTranscript", "Metadata", "Model", "Stream", "TokenMetadata", "version"]


@dataclass(frozen=True)
class TokenMetadata:
    """A label with its frame and its time in seconds."""

    text: str
    timestep: int
    start_time: float


@dataclass(frozen=True)
class CandidateTranscript:
    """A text's labels; `confidence` is the natural logarithm of the decoder's score."""

    tokens: Sequence[TokenMetadata]
    confidence: float


@dataclass(frozen=True)
class Metadata:
    """Texts of one sound, best first."""

    transcripts: Sequence[CandidateTranscript]


class Model:
    """deepspeech.Model."""

    def __init__(self, model_path: str) -> None:
        in_bytes = os.fspath(model_path).endswith(".tflite")
        self._model = _Model(model_path, precision="int8" if in_bytes else "float32")

    def beamWidth(self) -> int:
        return self._model.beam_width

    def setBeamWidth(self, beam_width: int) -> None:
        self._model.beam_width = beam_width

    def sampleRate(self) -> int:
        return self._model.sample_rate

    def enableExternalScorer(self, scorer_path: str) -> None:
        self._model.enable_scorer(scorer_path)

    def disableExternalScorer(self) -> None:
        self._model.disable_scorer()

    def setScorerAlphaBeta(self, alpha: float, beta: float) -> None:
        self._model.set_scorer_weights(alpha, beta)

    def addHotWord(self, word: str, boost: float) -> None:
        self._model.add_hot_word(word, boost)

    def eraseHotWord(self, word: str) -> None:
        self._model.erase_hot_word(word)

    def clearHotWords(self) -> None:
        self._model.clear_hot_words()

    def stt(self, audio_buffer: np.ndarray) -> str:
        return self._model.transcribe(_samples(audio_buffer)).text

    def sttWithMetadata(self, audio_buffer: np.ndarray, num_results: int = 1) -> Metadata:
        return _metadata(self._model.candidates(_samples(audio_buffer), num_results))

    def createStream(self) -> "Stream":
        return Stream(self._model.stream())


class Stream:
    """deepspeech.Stream."""

    def __init__(self, stream: _Stream) -> None:
        self._stream: Optional[_Stream] = stream

    def feedAudioContent(self, audio_buffer: np.ndarray) -> None:
        self._open().feed(_samples(audio_buffer))

    def intermediateDecode(self) -> str:
        return self._open().intermediate().text

    def intermediateDecodeWithMetadata(self, num_results: int = 1) -> Metadata:
        return _metadata(self._open().intermediate_candidates(num_results))

    def intermediateDecodeFlushBuffers(self) -> str:
        return self._open().intermediate(flush=True).text

    def intermediateDecodeWithMetadataFlushBuffers(self, num_results: int = 1) -> Metadata:
        return _metadata(self._open().intermediate_candidates(num_results, flush=True))

    def finishStream(self) -> str:
        text = self._open().finish().text
        self._stream = None
        return text

    def finishStreamWithMetadata(self, num_results: int = 1) -> Metadata:
        transcripts = self._open().finish_candidates(num_results)
        self._stream = None
        return _metadata(transcripts)

    def freeStream(self) -> None:
        self._open().close()
        self._stream = None

    def _open(self) -> _Stream:
        if self._stream is None:
            raise RuntimeError("Stream object is not active. It was finished or freed; make another with createStream().")
        return self._stream


def version() -> str:
    """Parla's version."""
    return __version__


def _samples(audio_buffer: object) -> np.ndarray:
    """The originals take 16-bit samples only, as an array or as bytes."""
    if isinstance(audio_buffer, (bytes, bytearray, memoryview)):
        return np.frombuffer(audio_buffer, dtype=np.int16)
    array = np.asarray(audio_buffer)
    if array.dtype != np.int16:
        raise TypeError(f"samples are {array.dtype}; expected int16")
    return array


def _metadata(transcripts: List[Transcript]) -> Metadata:
    return Metadata(
        [
            CandidateTranscript(
                [TokenMetadata(token.text, token.frame, token.start) for token in transcript.tokens],
                transcript.log_probability,
            )
            for transcript in transcripts
        ]
    )
