"""Sound that arrives piece by piece."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, List, Optional

import numpy as np
from numpy.typing import ArrayLike

from ._library import library
from ._transcripts import Transcript, collected

if TYPE_CHECKING:
    from ._model import Model


class Stream:
    """One stream of sound of a model, with the settings that the model had when the stream was made.

    Streams of one model may run on several threads; a stream is used by one thread at a time.
    """

    def __init__(self, model: "Model") -> None:
        self._handle: Optional[ctypes.c_void_p] = None
        handle = ctypes.c_void_p()
        library.parla_stream_open(model._open_handle(), ctypes.byref(handle))
        self._handle = handle

    def feed(self, samples: ArrayLike) -> None:
        """Takes the next samples, [samples] of one channel at the model's rate: int16, or floats from -1 to 1."""
        samples = checked_samples(samples)
        if samples.dtype == np.int16:
            pointer = samples.ctypes.data_as(ctypes.POINTER(ctypes.c_int16))
            library.parla_stream_feed(self._open_handle(), pointer, samples.size)
        else:
            pointer = samples.ctypes.data_as(ctypes.POINTER(ctypes.c_float))
            library.parla_stream_feed_float(self._open_handle(), pointer, samples.size)

    def intermediate(self, flush: bool = False) -> Transcript:
        """The best transcript so far; with `flush`, as if the sound ended here, which costs more."""
        return self.intermediate_candidates(1, flush)[0]

    def intermediate_candidates(self, count: int, flush: bool = False) -> List[Transcript]:
        """The `count` best transcripts so far, best first."""
        function = library.parla_stream_intermediate_flushing if flush else library.parla_stream_intermediate
        return collected(lambda result: function(self._open_handle(), count, result))

    def finish(self) -> Transcript:
        """Ends the sound and gives its best transcript."""
        return self.finish_candidates(1)[0]

    def finish_candidates(self, count: int) -> List[Transcript]:
        """Ends the sound and gives its `count` best transcripts, best first."""
        transcripts = collected(lambda result: library.parla_stream_finish(self._open_handle(), count, result))
        self.close()
        return transcripts

    def close(self) -> None:
        """Frees the stream, whatever it has still to say. Closing twice does nothing."""
        handle, self._handle = self._handle, None
        if handle is not None:
            library.parla_stream_free(handle)

    def _open_handle(self) -> ctypes.c_void_p:
        if self._handle is None:
            raise ValueError("the stream has ended; make another one with model.stream()")
        return self._handle

    def __enter__(self) -> "Stream":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        if getattr(self, "_handle", None) is not None:
            self.close()


def checked_samples(samples: ArrayLike) -> np.ndarray:
    """The samples as the library takes them: contiguous, int16 or float32, of one channel."""
    array = np.asarray(samples)
    if array.ndim != 1:
        raise ValueError(f"samples have the shape {array.shape}; expected one channel, [samples]")
    if array.dtype == np.int16:
        return np.ascontiguousarray(array)
    if array.dtype.kind == "f":
        return np.ascontiguousarray(array, dtype=np.float32)
    if array.size == 0:
        return np.zeros(0, dtype=np.int16)
    raise TypeError(f"samples are {array.dtype}; expected int16, or floats from -1 to 1")
