"""Keys in a PKCS#11 module (a card, a stick, a TPM), by their labels. A key never leaves it, and is never made here.

A token that was pulled out or restarted is opened anew when it is asked next. A PIN that was refused once is never
tried again: tokens lock themselves after a few.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import pkcs11
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass, TokenFlag

from station.errors import WireFailedError
from station.signing.signer_wire import KeyUse

_P256 = bytes.fromhex("06082a8648ce3d030107")
_COORDINATE_BYTES = 32
_ED25519_BYTES = 32
_OCTET_STRING = 0x04
_PIN_SPENT = TokenFlag.USER_PIN_COUNT_LOW | TokenFlag.USER_PIN_FINAL_TRY | TokenFlag.USER_PIN_LOCKED
Answer = TypeVar("Answer")
PublicKey = ec.EllipticCurvePublicKey | Ed25519PublicKey


class Token(NamedTuple):
    """Which token of which module; its PIN is in a file that only the signer's user can read."""

    module: Path
    label: str
    pin: Path


class _Opened(NamedTuple):
    session: pkcs11.Session
    private: dict[KeyUse, Any]
    public: dict[KeyUse, PublicKey]


class TokenSession:
    """One thread's. `uses` are the keys that must be in the token, and no other may be."""

    def __init__(self, token: Token, uses: frozenset[KeyUse]) -> None:
        self._token = token
        self.uses = uses
        """Which keys are in it."""
        self._opened: _Opened | None = None
        self._began = False
        self._pin_refused = False

    def public_key(self, use: KeyUse) -> bytes:
        """SubjectPublicKeyInfo, DER."""
        public = self._asked(lambda opened: opened.public[use])
        return public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)

    def sign(self, use: KeyUse, message: bytes) -> bytes:
        """As openssl takes it; never one that does not hold under the token's own public key."""
        return self._asked(lambda opened: _signed(opened, use, message))

    def _asked(self, ask: Callable[[_Opened], Answer]) -> Answer:
        """Once more from the beginning where the token has forgotten us meanwhile."""
        with self._failures_named():
            if self._opened is not None:
                try:
                    return ask(self._opened)
                except pkcs11.PKCS11Error:
                    self._opened = None
            self._opened = self._open()
            try:
                return ask(self._opened)
            except pkcs11.PKCS11Error:
                self._opened = None
                raise

    @contextmanager
    def _failures_named(self) -> Iterator[None]:
        try:
            yield
        except pkcs11.PKCS11Error as error:
            what = f"{type(error).__name__} {error}".strip()
            raise WireFailedError(
                f"the key token {self._token.label} does not answer ({what}); is it plugged in, is its service running?"
            ) from error

    def _open(self) -> _Opened:
        if self._pin_refused:
            raise self._wrong_pin()
        module = pkcs11.lib(str(self._token.module))
        if self._began:
            module.reinitialize()
        self._began = True
        token = module.get_token(token_label=self._token.label)
        if token.flags & _PIN_SPENT:
            raise self._wrong_pin()
        try:
            session = token.open(user_pin=_read_pin(self._token.pin))
        except (pkcs11.PinIncorrect, pkcs11.PinInvalid, pkcs11.PinLenRange, pkcs11.PinLocked) as error:
            self._pin_refused = True
            raise self._wrong_pin() from error
        self._require_no_other(session)
        private = {use: self._private_key(session, use) for use in self.uses}
        return _Opened(session, private, {use: self._public_key(session, use) for use in self.uses})

    def _wrong_pin(self) -> WireFailedError:
        return WireFailedError(
            f"the key token {self._token.label} refused a PIN, and is not tried again before it locks itself; put the"
            " right one into the credential, log in with it by hand once, then restart the signer"
        )

    def _require_no_other(self, session: pkcs11.Session) -> None:
        wanted = {Attribute.CLASS: ObjectClass.PRIVATE_KEY}
        there = {key.label for key in session.get_objects(wanted) if isinstance(key, pkcs11.PrivateKey)}
        for use in KeyUse:
            if use in there and use not in self.uses:
                raise WireFailedError(
                    f"the key token {self._token.label} has a {use} key that nobody asked for;"
                    f" name {use} after --in-token, or delete it there"
                )

    def _private_key(self, session: pkcs11.Session, use: KeyUse) -> Any:
        key = session.get_key(object_class=ObjectClass.PRIVATE_KEY, label=use)
        if not key[Attribute.SENSITIVE] or key[Attribute.EXTRACTABLE]:
            raise WireFailedError(f"the {use} key in {self._token.label} can be taken out of it; make one that cannot")
        return key

    def _public_key(self, session: pkcs11.Session, use: KeyUse) -> PublicKey:
        key = session.get_key(object_class=ObjectClass.PUBLIC_KEY, label=use)
        try:
            return _public_key(key, use)
        except ValueError as error:
            raise WireFailedError(
                f"the {use} key in {self._token.label} is of another kind: P-256 for evidence, Ed25519 for log and"
                " witness; a module without Ed25519 keeps its evidence key alone, the other stays in its file"
            ) from error


def _read_pin(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise WireFailedError(f"the PIN cannot be read from {path}: {error}; set the credential again") from error


def _public_key(key: pkcs11.Key, use: KeyUse) -> PublicKey:
    """ValueError where it is not a key for this use."""
    point = bytes(key[Attribute.EC_POINT])
    if use is KeyUse.EVIDENCE:
        if key.key_type is not KeyType.EC or bytes(key[Attribute.EC_PARAMS]) != _P256:
            raise ValueError("not P-256")
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _unwrapped(point))
    if key.key_type is not KeyType.EC_EDWARDS:
        raise ValueError("not on an Edwards curve")
    return Ed25519PublicKey.from_public_bytes(point if len(point) == _ED25519_BYTES else _unwrapped(point))


def _unwrapped(point: bytes) -> bytes:
    """Out of the OCTET STRING that most modules put a point in."""
    header = bytes([_OCTET_STRING, len(point) - 2])
    return point[2:] if len(point) > 2 and point[:2] == header else point  # noqa: PLR2004 - the header's own length


def _signed(opened: _Opened, use: KeyUse, message: bytes) -> bytes:
    public, key = opened.public[use], opened.private[use]
    try:
        if isinstance(public, ec.EllipticCurvePublicKey):
            raw = bytes(key.sign(sha256(message).digest(), mechanism=Mechanism.ECDSA))
            r, s = (int.from_bytes(half, "big") for half in (raw[:_COORDINATE_BYTES], raw[_COORDINATE_BYTES:]))
            signature = encode_dss_signature(r, s)
            public.verify(signature, message, ec.ECDSA(hashes.SHA256()))
        else:
            signature = bytes(key.sign(message, mechanism=Mechanism.EDDSA))
            public.verify(signature, message)
    except InvalidSignature as error:
        raise WireFailedError(f"the key token signs with another {use} key than it shows; have it looked at") from error
    return signature
