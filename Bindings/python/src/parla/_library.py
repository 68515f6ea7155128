"""The door to libparla.so: its functions (parla.h) with the types of their arguments."""

from __future__ import annotations

import ctypes
import os
from ctypes import POINTER, c_bool, c_char_p, c_double, c_float, c_int, c_int16, c_size_t, c_uint, c_uint32, c_void_p
from pathlib import Path

from ._errors import ParlaError


class TokenStructure(ctypes.Structure):
    _fields_ = [("text", c_char_p), ("frame", c_uint32), ("start", c_float)]


class WordStructure(ctypes.Structure):
    _fields_ = [("text", c_char_p), ("start", c_double), ("end", c_double), ("confidence", c_double)]


class TranscriptStructure(ctypes.Structure):
    _fields_ = [
        ("text", c_char_p),
        ("words", POINTER(WordStructure)),
        ("word_count", c_size_t),
        ("tokens", POINTER(TokenStructure)),
        ("token_count", c_size_t),
        ("log_probability", c_double),
    ]


class ResultStructure(ctypes.Structure):
    _fields_ = [("transcripts", POINTER(TranscriptStructure)), ("transcript_count", c_size_t)]


ResultPointer = POINTER(ResultStructure)

# Name: (what it returns, its arguments). A function that returns a status has None here, and raises.
_FUNCTIONS = {
    "parla_model_open": (None, [c_char_p, c_int, POINTER(c_void_p)]),
    "parla_model_open_buffer": (None, [c_char_p, c_size_t, c_int, POINTER(c_void_p)]),
    "parla_model_free": ("nothing", [c_void_p]),
    "parla_model_sample_rate": (c_int, [c_void_p]),
    "parla_model_beam_width": (c_uint, [c_void_p]),
    "parla_model_set_beam_width": (None, [c_void_p, c_uint]),
    "parla_model_enable_scorer": (None, [c_void_p, c_char_p]),
    "parla_model_enable_scorer_buffer": (None, [c_void_p, c_char_p, c_size_t]),
    "parla_model_disable_scorer": (None, [c_void_p]),
    "parla_model_has_scorer": (c_bool, [c_void_p]),
    "parla_model_set_scorer_weights": (None, [c_void_p, c_float, c_float]),
    "parla_model_add_hot_word": (None, [c_void_p, c_char_p, c_float]),
    "parla_model_erase_hot_word": (None, [c_void_p, c_char_p]),
    "parla_model_clear_hot_words": (None, [c_void_p]),
    "parla_model_transcribe_file": (None, [c_void_p, c_char_p, c_uint, POINTER(ResultPointer)]),
    "parla_stream_open": (None, [c_void_p, POINTER(c_void_p)]),
    "parla_stream_feed": (None, [c_void_p, POINTER(c_int16), c_size_t]),
    "parla_stream_feed_float": (None, [c_void_p, POINTER(c_float), c_size_t]),
    "parla_stream_intermediate": (None, [c_void_p, c_uint, POINTER(ResultPointer)]),
    "parla_stream_intermediate_flushing": (None, [c_void_p, c_uint, POINTER(ResultPointer)]),
    "parla_stream_finish": (None, [c_void_p, c_uint, POINTER(ResultPointer)]),
    "parla_stream_free": ("nothing", [c_void_p]),
    "parla_result_free": ("nothing", [ResultPointer]),
    "parla_error_message": (c_char_p, []),
    "parla_version": (c_char_p, []),
}


def _path() -> Path:
    """The library of the package, or the one that PARLA_LIBRARY names."""
    return Path(os.environ.get("PARLA_LIBRARY") or Path(__file__).parent / "lib" / "libparla.so")


def _load() -> ctypes.CDLL:
    path = _path()
    try:
        library = ctypes.CDLL(str(path))
    except OSError as error:
        raise ImportError(
            f"{path} cannot be loaded: {error}. On Debian and Ubuntu: apt-get install libsndfile1 libsoxr0; "
            "a library of your own is named by the environment variable PARLA_LIBRARY."
        ) from None
    for name, (returned, arguments) in _FUNCTIONS.items():
        function = getattr(library, name)
        function.argtypes = arguments
        if returned is None:
            function.restype = c_int
            function.errcheck = _raise_if_failed
        else:
            function.restype = None if returned == "nothing" else returned
    return library


def _raise_if_failed(status, _function, _arguments):
    if status != 0:
        raise ParlaError(library.parla_error_message().decode("utf-8", "replace"), status)
    return status


library = _load()


def version() -> str:
    """The version of the library."""
    return library.parla_version().decode()
