"""What was said: text, words with times, labels with times."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import Callable, List, Optional, Tuple

from ._library import ResultPointer, TranscriptStructure, library


@dataclass(frozen=True)
class Word:
    """A word with its time in seconds, and the probability that it was said (None where it is not known)."""

    text: str
    start: float
    end: float
    confidence: Optional[float]


@dataclass(frozen=True)
class Token:
    """A label of the alphabet, the frame in which it was recognised, and that frame's time in seconds."""

    text: str
    frame: int
    start: float


@dataclass(frozen=True)
class Transcript:
    """A text, its words and labels, and the natural logarithm of its probability."""

    text: str
    words: Tuple[Word, ...]
    tokens: Tuple[Token, ...]
    log_probability: float

    def __str__(self) -> str:
        return self.text


def collected(fill: Callable[[object], object]) -> List[Transcript]:
    """Calls a function that fills in a parla_result, copies the transcripts, best first, and frees it."""
    result = ResultPointer()
    fill(ctypes.byref(result))
    try:
        return [_copied(result.contents.transcripts[i]) for i in range(result.contents.transcript_count)]
    finally:
        library.parla_result_free(result)


def _copied(transcript: TranscriptStructure) -> Transcript:
    words = (transcript.words[i] for i in range(transcript.word_count))
    tokens = (transcript.tokens[i] for i in range(transcript.token_count))
    return Transcript(
        text=_text(transcript.text),
        words=tuple(
            Word(_text(w.text), w.start, w.end, w.confidence if w.confidence >= 0 else None) for w in words
        ),
        tokens=tuple(Token(_text(t.text), t.frame, t.start) for t in tokens),
        log_probability=transcript.log_probability,
    )


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace")
