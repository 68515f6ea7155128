"""Speech to text: a model, its streams, and transcripts with the times of their words.

>>> import parla
>>> model = parla.Model("model.safetensors")
>>> model.transcribe("hello.wav").text
'hello world'
"""

from ._errors import ParlaError
from ._library import version as _version
from ._model import Model
from ._stream import Stream
from ._transcripts import Token, Transcript, Word

__version__ = _version()
__all__ = ["Model", "ParlaError", "Stream", "Token", "Transcript", "Word", "__version__"]
