"""Orders: what the registry wants of one station, as a signed list. So far: which badges are dead on every station.

What is signed is `dockward-orders`, a line feed, and the list's own bytes: no statement, receipt, seal or pack begins
so, and none of their signatures can pass for one of these, nor the other way round.
"""

import re
from hashlib import sha256
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from station.custody.facts import Digest, FactNumber
from station.custody.facts_of_orders import Sequence
from station.errors import RefusedError
from station.signing.certificates import (
    REGISTRY_EVIDENCE,
    REGISTRY_NAME,
    leaf_of,
    nearest_valid_ms,
    require_issued,
    verify_evidence,
)
from station.signing.signer_wire import KeyUse, Signer
from station.signing.statements import StationId
from station.stamp import Stamp

MESSAGE_BYTES_MAX = 262_144
"""As for a batch of the journal."""
LOST_BADGES_MAX = 1_000
"""So many to a list; a registry sends the next ones once the station has answered for these."""
_CONTEXT = b"dockward-orders\n"
_FORMAT = re.compile(r"dockward-orders/[1-9][0-9]{0,3}")
_CANONICAL = msgspec.json.Encoder(order="sorted")

Name = Annotated[str, Meta(pattern=r"^[!-*,-~]{1,128}\Z")]
"""Of a journal or a registry, as notes write them."""


class LostBadgeOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Fact `reported` of that station's journal says that the badge is lost; what stands for it is a digest."""

    badge: Digest
    station: StationId
    reported: FactNumber


class Orders(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Each list holds all that its station has not answered for yet, or the first thousand of it."""

    format: Literal["dockward-orders/1"] = "dockward-orders/1"
    registry: Name
    """Its name as a witness."""
    origin: Name
    """Of the journal it is for: a station that was enrolled anew is another."""
    sequence: Sequence
    lost_badges: Annotated[tuple[LostBadgeOrder, ...], Meta(max_length=LOST_BADGES_MAX)]


class SignedOrders(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """As it travels: the exact text that was signed, the signature (ECDSA P-256, DER), and whose it is."""

    orders: Annotated[str, Meta(max_length=MESSAGE_BYTES_MAX)]
    signature: Annotated[bytes, Meta(max_length=128)]
    certificate: Annotated[str, Meta(max_length=65_536)]


class _OfFormat(msgspec.Struct, frozen=True):
    """What every version of a list says."""

    format: str


_SIGNED_READER = msgspec.json.Decoder(SignedOrders)
_FORMAT_READER = msgspec.json.Decoder(_OfFormat)
_READER = msgspec.json.Decoder(Orders)


class Addressee(msgspec.Struct, frozen=True, kw_only=True):
    """Whose orders a station follows, and under which name: all from its configuration."""

    origin: str
    registry: str
    ca_pem: bytes


def orders_text(orders: Orders) -> str:
    """RFC 8785."""
    return _CANONICAL.encode(orders).decode()


def sign_orders(text: str, signer: Signer) -> bytes:
    """The message, with the certificate that the signer has now."""
    certificate = leaf_of(signer.chain(KeyUse.EVIDENCE)).decode()
    signature = signer.sign(KeyUse.EVIDENCE, signed_bytes(text))
    return _CANONICAL.encode(SignedOrders(orders=text, signature=signature, certificate=certificate))


def signed_bytes(text: str) -> bytes:
    return _CONTEXT + text.encode()


def digest_of(text: str) -> str:
    """What a station answers with."""
    return sha256(text.encode()).hexdigest()


def check_orders(message: bytes, to: Addressee, at: Stamp) -> Orders:
    """The orders, once envelope, certificate, signature, form and address hold; RefusedError with what does not.

    A clock that does not know the time judges no certificate's dates: it must not keep a lost badge alive.

    Codes: ORDERS_UNREADABLE, those of `require_issued`, SIGNATURE_DOES_NOT_HOLD, ORDERS_OF_ANOTHER_FORMAT,
    ORDERS_OF_ANOTHER_REGISTRY, ORDERS_FOR_ANOTHER_STATION, ORDERS_FOR_ANOTHER_ENROLMENT.
    """
    signed = _envelope(message)
    pem = signed.certificate.encode()
    at_ms = at.utc_ms if at.synchronised else nearest_valid_ms(pem, at.utc_ms)
    certificate = require_issued(pem, to.ca_pem, REGISTRY_EVIDENCE, REGISTRY_NAME, at_ms)
    verify_evidence(certificate, signed.signature, signed_bytes(signed.orders))
    orders = _read(signed.orders)
    if orders.registry != to.registry:
        raise RefusedError("ORDERS_OF_ANOTHER_REGISTRY")
    if orders.origin != to.origin:
        same_station = orders.origin.rpartition("/")[0] == to.origin.rpartition("/")[0]
        raise RefusedError("ORDERS_FOR_ANOTHER_ENROLMENT" if same_station else "ORDERS_FOR_ANOTHER_STATION")
    return orders


def _envelope(message: bytes) -> SignedOrders:
    """One message for one list: whatever was changed on the way is noticed, in whichever byte."""
    if len(message) > MESSAGE_BYTES_MAX:
        raise RefusedError("ORDERS_UNREADABLE")
    try:
        signed = _SIGNED_READER.decode(message)
        same = _CANONICAL.encode(signed) == message
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise RefusedError("ORDERS_UNREADABLE") from error
    if not same:
        raise RefusedError("ORDERS_UNREADABLE")
    return signed


def _read(text: str) -> Orders:
    """What was signed: a list of a later program is told from one that nobody can read."""
    encoded = text.encode()
    try:
        said = _FORMAT_READER.decode(encoded).format
        if said != "dockward-orders/1" and _FORMAT.fullmatch(said):
            raise RefusedError("ORDERS_OF_ANOTHER_FORMAT")
        orders = _READER.decode(encoded)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise RefusedError("ORDERS_UNREADABLE") from error
    if orders_text(orders) != text:
        raise RefusedError("ORDERS_UNREADABLE")
    return orders
