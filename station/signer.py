"""The signer: its own small process that holds the keys and never shows one.

Answers public_key, sign and chain over a Unix socket. The log key signs checkpoints of its own journal and nothing
else, the witness key cosignatures and nothing else, so that whoever talks to the socket cannot have them sign anything
that could be mistaken for one.
"""

import asyncio
import os
import socket
import stat
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from station.errors import RefusedError, WireFailedError, WrongUseError
from station.signing.head_memory import HeadMemory
from station.signing.key_rules import KeyRules
from station.signing.signer_wire import (
    LENGTH_BYTES,
    MESSAGE_BYTES_MAX,
    STATION_USES,
    Answer,
    KeyUse,
    Question,
    Signer,
    frame,
)

_READER = msgspec.json.Decoder(Question)
_QUESTION_BYTES_MAX = MESSAGE_BYTES_MAX * 4 // 3 + 1024
_QUESTION_SECONDS_MAX = 10

PrivateKey = Ed25519PrivateKey | ec.EllipticCurvePrivateKey

_NEW_KEYS: dict[KeyUse, Callable[[], PrivateKey]] = {
    KeyUse.EVIDENCE: lambda: ec.generate_private_key(ec.SECP256R1()),
    KeyUse.LOG: Ed25519PrivateKey.generate,
    KeyUse.WITNESS: Ed25519PrivateKey.generate,
}


class FileKeys:
    """Keys in files that only the signer's user can read: `<use>.pem`, and `<use>-chain.pem` where one was issued.

    A station has a key for evidence and one for its log; a registry one for evidence and one to witness with. Where
    `log-origin` stands beside the log key, checkpoints of that journal alone are signed. No key `elsewhere` may have
    another beside it here.
    """

    def __init__(
        self, folder: Path, memory: HeadMemory | None = None, elsewhere: frozenset[KeyUse] = frozenset()
    ) -> None:
        self._keys = {use: _read_key(path, use) for use in KeyUse if (path := folder / f"{use}.pem").exists()}
        for use in sorted(elsewhere & self._keys.keys()):
            raise WrongUseError(f"{folder / use}.pem is here, and the {use} key in the token too; keep one of them")
        if not (self._keys or elsewhere):
            raise WrongUseError(f"no key to be had from {folder}; name the folder that provisioning made")
        self._chains = {use: read_chain(folder, use) for use in KeyUse}
        self.rules = KeyRules(folder, memory)

    def public_key(self, use: KeyUse) -> bytes:
        return (
            self._key(use)
            .public_key()
            .public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        )

    def sign(self, use: KeyUse, message: bytes) -> bytes:
        key = self._key(use)
        self.rules.require(use, message)
        if isinstance(key, ec.EllipticCurvePrivateKey):
            return key.sign(message, ec.ECDSA(hashes.SHA256()))
        return key.sign(message)

    def chain(self, use: KeyUse) -> bytes:
        return self._chains[use]

    def _key(self, use: KeyUse) -> PrivateKey:
        if use not in self._keys:
            raise RefusedError("NO_KEY_FOR_THIS_USE")
        return self._keys[use]


def create_file_keys(folder: Path, uses: Sequence[KeyUse] = STATION_USES) -> None:
    """New keys, readable by their owner alone; never over keys that are there, never beside them."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any((folder / f"{use}.pem").exists() for use in KeyUse):
        raise WrongUseError(f"{folder} has keys already; name another folder")
    for use in uses:
        pem = _NEW_KEYS[use]().private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        descriptor = os.open(folder / f"{use}.pem", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())


def listen(path: Path) -> socket.socket:
    """The socket to serve on; only its user and group may ask."""
    _make_way(path)
    listening = socket.socket(socket.AF_UNIX)
    before = os.umask(0o117)
    try:
        listening.bind(str(path))
    finally:
        os.umask(before)
    return listening


def _make_way(path: Path) -> None:
    """Remove a dead signer's socket; never a file, never the socket of one that answers."""
    if not path.exists():
        return
    with socket.socket(socket.AF_UNIX) as knocking:
        try:
            knocking.connect(str(path))
        except ConnectionRefusedError:
            if path.is_socket():
                path.unlink()
                return
    raise WrongUseError(f"{path} is in use, or is no socket; stop what answers there, or name another path")


async def serve(listening: socket.socket, keys: Signer) -> None:
    """Answer until cancelled."""

    async def answer_one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_QUESTION_SECONDS_MAX):
                question = await _receive(reader)
                writer.write(frame(msgspec.json.encode(_answer(keys, question))))
                await writer.drain()
        except (TimeoutError, OSError, asyncio.IncompleteReadError):
            pass  # whoever asked is gone; there is nobody to tell
        finally:
            writer.close()

    async with await asyncio.start_unix_server(answer_one, sock=listening) as server:
        await server.serve_forever()


async def _receive(reader: asyncio.StreamReader) -> bytes:
    length = int.from_bytes(await reader.readexactly(LENGTH_BYTES), "big")
    if length > _QUESTION_BYTES_MAX:
        raise OSError("the question is too long")
    return await reader.readexactly(length)


def _answer(keys: Signer, encoded: bytes) -> Answer:
    try:
        question = _READER.decode(encoded)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return Answer(refused="NOT_A_QUESTION")
    try:
        match question.ask:
            case "public_key":
                return Answer(keys.public_key(question.use))
            case "chain":
                return Answer(keys.chain(question.use))
            case "sign":
                return Answer(keys.sign(question.use, question.message))
    except RefusedError as refused:
        return Answer(refused=refused.code)
    except WireFailedError as failed:
        return Answer(failed=str(failed))


def _read_key(path: Path, use: KeyUse) -> PrivateKey:
    try:
        if stat.S_IMODE(path.stat().st_mode) & _others_bits(path.parent):
            raise WrongUseError(f"others can read {path}; run: chmod 600 {path}")
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise WrongUseError(f"no {use} key to be had from {path}: {error}") from error
    wanted = ec.EllipticCurvePrivateKey if use is KeyUse.EVIDENCE else Ed25519PrivateKey
    if not isinstance(key, wanted) or (isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name != "secp256r1"):
        raise WrongUseError(f"{path} is not a key for {use}: P-256 for evidence, Ed25519 for log and witness")
    return key


def _others_bits(folder: Path) -> int:
    """What nobody but the owner may do. systemd's own credentials carry a group bit: an access list, not a group."""
    return 0o037 if str(folder) == os.environ.get("CREDENTIALS_DIRECTORY") else 0o077


def read_chain(folder: Path, use: KeyUse) -> bytes:
    path = folder / f"{use}-chain.pem"
    return path.read_bytes() if path.exists() else b""
