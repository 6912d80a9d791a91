"""How the station asks the signer process for signatures, over a Unix socket: public_key, sign, chain.

One question and one answer a connection, each a length of four bytes and JSON. Holds no key.
"""

import socket
from enum import StrEnum
from pathlib import Path
from typing import Literal, Protocol

import msgspec

from station.errors import RefusedError, WireFailedError

MESSAGE_BYTES_MAX = 262_144
"""Statements and checkpoints are far smaller; nothing else is signed."""
LENGTH_BYTES = 4
_TIMEOUT_SECONDS = 10


class KeyUse(StrEnum):
    EVIDENCE = "evidence"
    """ECDSA P-256: statements, receipts, packs."""
    LOG = "log"
    """Ed25519: the journal's checkpoints, and nothing else."""
    WITNESS = "witness"
    """Ed25519: the registry's cosignatures of checkpoints, and nothing else."""


STATION_USES = (KeyUse.EVIDENCE, KeyUse.LOG)
REGISTRY_USES = (KeyUse.EVIDENCE, KeyUse.WITNESS)


class Signer(Protocol):
    """A key that can be used and not seen."""

    def public_key(self, use: KeyUse) -> bytes:
        """SubjectPublicKeyInfo, DER."""

    def sign(self, use: KeyUse, message: bytes) -> bytes: ...

    def chain(self, use: KeyUse) -> bytes:
        """The certificates that vouch for the key, PEM; empty where none was issued yet."""


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    ask: Literal["public_key", "sign", "chain"]
    use: KeyUse
    message: bytes = b""


class Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """`refused` names why not; `failed` says what the signer lacks just now; `said` is what was asked for."""

    said: bytes = b""
    refused: str = ""
    failed: str = ""


_READER = msgspec.json.Decoder(Answer)


class RemoteSigner:
    """The signer process, as the station sees it. A signer that restarts is simply asked again."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def public_key(self, use: KeyUse) -> bytes:
        return self._ask(Question("public_key", use))

    def sign(self, use: KeyUse, message: bytes) -> bytes:
        return self._ask(Question("sign", use, message))

    def chain(self, use: KeyUse) -> bytes:
        return self._ask(Question("chain", use))

    def _ask(self, question: Question) -> bytes:
        try:
            with socket.socket(socket.AF_UNIX) as wire:
                wire.settimeout(_TIMEOUT_SECONDS)
                wire.connect(str(self._path))
                wire.sendall(frame(msgspec.json.encode(question)))
                answer = _READER.decode(_receive(wire))
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise WireFailedError(f"the signer at {self._path} did not answer: {error}") from error
        if answer.refused:
            raise RefusedError(answer.refused)
        if answer.failed:
            raise WireFailedError(f"the signer at {self._path}: {answer.failed}")
        return answer.said


def frame(content: bytes) -> bytes:
    return len(content).to_bytes(LENGTH_BYTES, "big") + content


def _receive(wire: socket.socket) -> bytes:
    length = int.from_bytes(_exactly(wire, LENGTH_BYTES), "big")
    if length > MESSAGE_BYTES_MAX:
        raise OSError(f"an answer of {length} bytes")
    return _exactly(wire, length)


def _exactly(wire: socket.socket, count: int) -> bytes:
    received = bytearray()
    while len(received) < count:
        chunk = wire.recv(count - len(received))
        if not chunk:
            raise OSError("cut off in the middle of an answer")
        received += chunk
    return bytes(received)
