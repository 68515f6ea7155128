"""What is thrown."""

from __future__ import annotations


class ParlaError(RuntimeError):
    """What the library refused, and why. `status` is one of the PARLA_ codes of parla.h."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status
