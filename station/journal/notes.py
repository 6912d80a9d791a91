"""Signed notes, checkpoints and cosignatures, as C2SP writes them. Verify bytes, then parse, then use.

The formats are C2SP signed-note, tlog-checkpoint and tlog-cosignature; docs/journal.md says how they are filled here.
"""

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from station.errors import JournalBrokenError

LOG_KEY = 0x01
WITNESS_KEY = 0x04
_KEY_ID_BYTES = 4
_TIME_BYTES = 8
_NOTE_BYTES_MAX = 16_384
_NAME = r"[^\s+\x00-\x1f\x7f]+"
_SIGNATURE_LINE = re.compile(rf"— (?P<name>{_NAME}) (?P<signature>[A-Za-z0-9+/]+={{0,2}})")
_CHECKPOINT = re.compile(rf"(?P<origin>{_NAME})\n(?P<size>0|[1-9][0-9]{{0,15}})\n(?P<root>[A-Za-z0-9+/]{{43}}=)\n")

Sign = Callable[[bytes], bytes]
"""Signs with a key that only the signer holds."""


class NoteError(JournalBrokenError):
    """These bytes are no note that can be believed."""


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public Ed25519 key with the name and the use it is known by: a vkey."""

    name: str
    kind: int
    public: bytes

    @property
    def id(self) -> bytes:
        named = self.name.encode() + b"\n" + bytes([self.kind]) + self.public
        return sha256(named).digest()[:_KEY_ID_BYTES]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{_base64(bytes([self.kind]) + self.public)}"

    @classmethod
    def parse(cls, text: str) -> "VerifierKey":
        match text.split("+", 2):
            case [name, key_id, encoded] if re.fullmatch(_NAME, name):
                material = _unbase64(encoded)
            case _:
                raise NoteError("not a verifier key: name+id+key is wanted")
        key = cls(name, material[0] if material else 0, material[1:])
        if key.kind not in {LOG_KEY, WITNESS_KEY} or len(key.public) != sha256().digest_size:
            raise NoteError(f"not an Ed25519 key of a log or a witness: {name}")
        if key.id.hex() != key_id:
            raise NoteError(f"the id in the verifier key of {name} is not its own")
        return key

    @classmethod
    def of(cls, name: str, kind: int, public_der: bytes) -> "VerifierKey":
        """The key a signer holds, under its name; `public_der` is its SubjectPublicKeyInfo."""
        public = load_der_public_key(public_der)
        if not isinstance(public, Ed25519PublicKey):
            raise NoteError(f"the key of {name} is no Ed25519 key")
        return cls(name, kind, public.public_bytes_raw())

    def holds(self, message: bytes, signature: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class NoteSignature:
    name: str
    key_id: bytes
    signature: bytes

    def __str__(self) -> str:
        return f"— {self.name} {_base64(self.key_id + self.signature)}"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A tree head: which log, how many facts, what root."""

    origin: str
    size: int
    root: bytes

    def __str__(self) -> str:
        return f"{self.origin}\n{self.size}\n{_base64(self.root)}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A checkpoint with its signatures, not yet believed."""

    checkpoint: Checkpoint
    signatures: tuple[NoteSignature, ...]

    def __str__(self) -> str:
        return f"{self.checkpoint}\n" + "".join(f"{line}\n" for line in self.signatures)

    @property
    def signed_text(self) -> bytes:
        return str(self.checkpoint).encode()

    def with_signatures(self, *more: NoteSignature) -> "Note":
        fresh = tuple(line for line in more if line not in self.signatures)
        return Note(self.checkpoint, self.signatures + fresh)

    def signed_by(self, key: VerifierKey) -> bool:
        """Whether this key signed; a signature under its name and id that does not hold spoils the note."""
        lines = [line for line in self.signatures if (line.name, line.key_id) == (key.name, key.id)]
        if not all(_holds(key, self.signed_text, line.signature) for line in lines):
            raise NoteError(f"the signature of {key.name} does not hold")
        return bool(lines)


def parse_checkpoint(text: str) -> Checkpoint:
    parts = _CHECKPOINT.fullmatch(text)
    if not parts:
        raise NoteError("not a checkpoint")
    return Checkpoint(parts["origin"], int(parts["size"]), _unbase64(parts["root"]))


def parse_note(text: str) -> Note:
    if len(text) > _NOTE_BYTES_MAX:
        raise NoteError("the note is longer than any checkpoint")
    body, blank, signatures = text.rpartition("\n\n")
    if not blank or not signatures.endswith("\n"):
        raise NoteError("not a signed note")
    lines = [_SIGNATURE_LINE.fullmatch(line) for line in signatures[:-1].split("\n")]
    return Note(parse_checkpoint(body + "\n"), tuple(_signature(line) for line in lines))


def sign_checkpoint(checkpoint: Checkpoint, key: VerifierKey, sign: Sign) -> Note:
    """The log's own signature."""
    line = NoteSignature(key.name, key.id, sign(str(checkpoint).encode()))
    return Note(checkpoint, (line,))


def cosign(checkpoint: Checkpoint, key: VerifierKey, at_seconds: int, sign: Sign) -> NoteSignature:
    """A witness's cosignature/v1: it saw this head, extending all it saw before, at that time."""
    time = at_seconds.to_bytes(_TIME_BYTES, "big")
    message = _cosigned(at_seconds, str(checkpoint).encode())
    return NoteSignature(key.name, key.id, time + sign(message))


def _holds(key: VerifierKey, text: bytes, signature: bytes) -> bool:
    if key.kind == LOG_KEY:
        return key.holds(text, signature)
    time, signature = signature[:_TIME_BYTES], signature[_TIME_BYTES:]
    return key.holds(_cosigned(int.from_bytes(time, "big"), text), signature)


def _cosigned(at_seconds: int, text: bytes) -> bytes:
    return f"cosignature/v1\ntime {at_seconds}\n".encode() + text


def _signature(line: re.Match[str] | None) -> NoteSignature:
    if line is None:
        raise NoteError("not a signature line")
    material = _unbase64(line["signature"])
    if len(material) <= _KEY_ID_BYTES:
        raise NoteError("a signature line without a signature")
    return NoteSignature(line["name"], material[:_KEY_ID_BYTES], material[_KEY_ID_BYTES:])


def _base64(material: bytes) -> str:
    return base64.b64encode(material).decode("ascii")


def _unbase64(text: str) -> bytes:
    """Strict: one text for one value, so that no byte of a note can be changed unseen."""
    try:
        material = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NoteError("not base64") from error
    if _base64(material) != text:
        raise NoteError("not base64 as it is written")
    return material
