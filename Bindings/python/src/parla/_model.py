"""A model: a network with its alphabet, and how text is searched for."""

from __future__ import annotations

import ctypes
import os
from typing import List, Mapping, Optional, Union

import numpy as np

from ._library import library
from ._stream import Stream
from ._transcripts import Transcript, collected

Path = Union[str, "os.PathLike[str]"]

_PRECISIONS = {"int8": 0, "bfloat16": 1, "float32": 2}


class Model:
    """A model of Parla (.safetensors), DeepSpeech or Coqui STT (.pb, .pbmm, .tflite), or a folder of checkpoints.

    Any number of threads may use it at once. What is set here holds for the streams and recordings that begin later.
    """

    def __init__(
        self,
        path: Path,
        scorer: Optional[Path] = None,
        hot_words: Optional[Mapping[str, float]] = None,
        beam_width: Optional[int] = None,
        precision: str = "int8",
    ) -> None:
        self._handle: Optional[ctypes.c_void_p] = None
        if precision not in _PRECISIONS:
            raise ValueError(f"precision is {precision!r}; expected one of {', '.join(_PRECISIONS)}")
        handle = ctypes.c_void_p()
        library.parla_model_open(os.fsencode(path), _PRECISIONS[precision], ctypes.byref(handle))
        self._handle = handle
        if beam_width is not None:
            self.beam_width = beam_width
        if scorer is not None:
            self.enable_scorer(scorer)
        for word, boost in (hot_words or {}).items():
            self.add_hot_word(word, boost)

    @property
    def sample_rate(self) -> int:
        """Samples a second that streams and arrays of samples must have, in hertz."""
        return library.parla_model_sample_rate(self._open_handle())

    @property
    def beam_width(self) -> int:
        """How many beginnings of texts the search keeps."""
        return library.parla_model_beam_width(self._open_handle())

    @beam_width.setter
    def beam_width(self, width: int) -> None:
        if not 0 < width < 2**32:
            raise ValueError(f"the beam width is {width}; expected 1 or more")
        library.parla_model_set_beam_width(self._open_handle(), width)

    @property
    def has_scorer(self) -> bool:
        """Whether words and a language model take part in the search."""
        return library.parla_model_has_scorer(self._open_handle())

    def enable_scorer(self, path: Path) -> None:
        """Words and language model from a scorer of Parla, DeepSpeech or Coqui STT; replaces the one before."""
        library.parla_model_enable_scorer(self._open_handle(), os.fsencode(path))

    def disable_scorer(self) -> None:
        """Searches without words and language model."""
        library.parla_model_disable_scorer(self._open_handle())

    def set_scorer_weights(self, alpha: float, beta: float) -> None:
        """How much the language model counts, and what each word adds."""
        library.parla_model_set_scorer_weights(self._open_handle(), alpha, beta)

    def add_hot_word(self, word: str, boost: float) -> None:
        """Prefers a word or phrase, or with a negative boost avoids it."""
        library.parla_model_add_hot_word(self._open_handle(), word.encode(), boost)

    def erase_hot_word(self, word: str) -> None:
        """Forgets a hot word."""
        library.parla_model_erase_hot_word(self._open_handle(), word.encode())

    def clear_hot_words(self) -> None:
        """Forgets all hot words."""
        library.parla_model_clear_hot_words(self._open_handle())

    def transcribe(self, sound: Union[Path, np.ndarray]) -> Transcript:
        """The text of a sound file of any usual format, or of samples [samples] at the model's rate.

        In a file, silences of a second and more are left out; samples are transcribed as they are.
        """
        return self.candidates(sound, 1)[0]

    def candidates(self, sound: Union[Path, np.ndarray], count: int) -> List[Transcript]:
        """The `count` best texts, best first."""
        if not isinstance(sound, (str, os.PathLike)):
            with self.stream() as stream:
                stream.feed(sound)
                return stream.finish_candidates(count)
        path = os.fsencode(sound)
        return collected(
            lambda result: library.parla_model_transcribe_file(self._open_handle(), path, count, result)
        )

    def stream(self) -> Stream:
        """A stream for sound that is still arriving."""
        return Stream(self)

    def close(self) -> None:
        """Frees the model. Streams that are open stay usable. Closing twice does nothing."""
        handle, self._handle = self._handle, None
        if handle is not None:
            library.parla_model_free(handle)

    def _open_handle(self) -> ctypes.c_void_p:
        if self._handle is None:
            raise ValueError("the model is closed; open it again with parla.Model(path)")
        return self._handle

    def __enter__(self) -> "Model":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        if getattr(self, "_handle", None) is not None:
            self.close()
