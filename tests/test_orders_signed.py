"""Promise: orders are believed only as the registry signed them, for this journal, in a format this program knows."""

import json

import msgspec
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from station.custody.facts import INTEGER_MAX
from station.errors import RefusedError
from station.signing.certificates import (
    POLICY,
    REGISTRY_EVIDENCE,
    REGISTRY_NAME,
    REGISTRY_TLS,
    require_issued,
    verify_evidence,
)
from station.signing.orders import (
    LOST_BADGES_MAX,
    MESSAGE_BYTES_MAX,
    Addressee,
    LostBadgeOrder,
    Orders,
    SignedOrders,
    check_orders,
    orders_text,
    sign_orders,
    signed_bytes,
)
from station.signing.signer_wire import MESSAGE_BYTES_MAX as SIGNED_BYTES_MAX
from station.stamp import Stamp
from tests.agency import AT_MS, Agency, Leaf, Validity
from tests.ordered_stations import AGENCY, REGISTRY
from tests.uploading_stations import LeafSigner

NAME = "dockward/640100/registry"
ORIGIN = "dockward/640100/t-01/2"
TO = Addressee(origin=ORIGIN, registry=NAME, ca_pem=AGENCY.ca_pem)
AT = Stamp(utc_ms=AT_MS, boot_id="b", boot_ms=0, synchronised=True)
SIGNER = LeafSigner(REGISTRY)

lost_badges = st.builds(
    LostBadgeOrder,
    badge=st.from_regex(r"[0-9a-f]{64}", fullmatch=True),
    station=st.from_regex(r"[a-z0-9-]{1,32}", fullmatch=True),
    reported=st.integers(0, INTEGER_MAX),
)
any_orders = st.builds(
    Orders,
    registry=st.just(NAME),
    origin=st.just(ORIGIN),
    sequence=st.integers(1, INTEGER_MAX),
    lost_badges=st.lists(lost_badges, max_size=4).map(tuple),
)
ONE = Orders(
    registry=NAME,
    origin=ORIGIN,
    sequence=7,
    lost_badges=(LostBadgeOrder(badge="ab" * 32, station="t-02", reported=41),),
)
MESSAGE = sign_orders(orders_text(ONE), SIGNER)


def refusal(message: bytes, to: Addressee = TO, at: Stamp = AT) -> str:
    with pytest.raises(RefusedError) as refused:
        check_orders(message, to, at)
    return refused.value.code


def signed_by(leaf: Leaf, text: str = orders_text(ONE)) -> bytes:
    return sign_orders(text, LeafSigner(leaf))


@given(any_orders)
def test_orders_are_canonical_and_read_back_as_they_were_written(orders: Orders) -> None:
    text = orders_text(orders)
    assert text.encode() == rfc8785.dumps(json.loads(text))
    assert check_orders(sign_orders(text, SIGNER), TO, AT) == orders


@given(st.integers(0, len(MESSAGE) - 1), st.integers(1, 255))
def test_changed_in_any_byte_they_are_refused(place: int, flipped: int) -> None:
    changed = bytearray(MESSAGE)
    changed[place] ^= flipped
    refusal(bytes(changed))


@given(st.integers(0, len(MESSAGE) - 1), st.binary(max_size=4))
def test_cut_short_or_with_something_behind_they_are_refused(length: int, behind: bytes) -> None:
    assert refusal(MESSAGE[:length] + behind) == "ORDERS_UNREADABLE"
    assert refusal(MESSAGE + b" " + behind) == "ORDERS_UNREADABLE"


@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
def test_whatever_else_comes_is_refused(message: bytes) -> None:
    assert refusal(message) == "ORDERS_UNREADABLE"


@pytest.mark.parametrize("part", ["sequence", "badge", "origin"])
def test_no_part_of_another_list_fits_into_this_one(part: str) -> None:
    """The text is another, its signature that of a list which was really signed."""
    other = {
        "sequence": replace(ONE, sequence=8),
        "badge": replace(ONE, lost_badges=()),
        "origin": replace(ONE, origin="dockward/640100/t-03/1"),
    }[part]
    signed = msgspec.json.decode(MESSAGE, type=SignedOrders)
    mixed = msgspec.json.encode(replace(signed, orders=orders_text(other)), order="sorted")
    assert refusal(mixed) == "SIGNATURE_DOES_NOT_HOLD"


@pytest.mark.parametrize(
    ("to", "code"),
    [
        (replace(TO, origin="dockward/640100/t-02/2"), "ORDERS_FOR_ANOTHER_STATION"),
        (replace(TO, origin="dockward/640100/t-01/3"), "ORDERS_FOR_ANOTHER_ENROLMENT"),
        (replace(TO, registry="dockward/640100/other"), "ORDERS_OF_ANOTHER_REGISTRY"),
        (replace(TO, ca_pem=Agency().ca_pem), "CERTIFICATE_OF_ANOTHER_CA"),
    ],
)
def test_they_are_followed_by_nobody_else(to: Addressee, code: str) -> None:
    assert refusal(MESSAGE, to) == code


@pytest.mark.parametrize(
    ("leaf", "code"),
    [
        (Agency().registry_evidence(), "CERTIFICATE_OF_ANOTHER_CA"),
        (AGENCY.station_evidence("t-02"), "CERTIFICATE_OF_ANOTHER_ROLE"),
        (AGENCY.issue(REGISTRY_TLS, REGISTRY_NAME), "CERTIFICATE_OF_ANOTHER_ROLE"),
        (AGENCY.issue(POLICY, "policy"), "CERTIFICATE_OF_ANOTHER_ROLE"),
        (AGENCY.issue(REGISTRY_EVIDENCE, "t-02"), "CERTIFICATE_OF_ANOTHER_NAME"),
        (Leaf(AGENCY.registry_evidence().key, REGISTRY.certificate), "SIGNATURE_DOES_NOT_HOLD"),
    ],
    ids=["another CA's", "a station's", "for TLS", "for packs", "another name's", "another key"],
)
def test_nobody_but_the_registry_signs_them(leaf: Leaf, code: str) -> None:
    assert refusal(signed_by(leaf)) == code


def test_no_signature_of_another_kind_passes_for_one_of_these_nor_the_other_way_round() -> None:
    """The key signs receipts too, over their very bytes."""
    text = orders_text(ONE)
    bare = SignedOrders(orders=text, signature=REGISTRY.sign(text.encode()), certificate=REGISTRY.pem.decode())
    assert refusal(msgspec.json.encode(bare, order="sorted")) == "SIGNATURE_DOES_NOT_HOLD"
    certificate = require_issued(REGISTRY.pem, AGENCY.ca_pem, REGISTRY_EVIDENCE, REGISTRY_NAME, AT_MS)
    signed = msgspec.json.decode(MESSAGE, type=SignedOrders)
    verify_evidence(certificate, signed.signature, signed_bytes(text))
    with pytest.raises(RefusedError, match="SIGNATURE_DOES_NOT_HOLD"):
        verify_evidence(certificate, signed.signature, text.encode())
    with pytest.raises(json.JSONDecodeError):
        json.loads(signed_bytes(text))


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("orders/1", "orders/2", "ORDERS_OF_ANOTHER_FORMAT"),
        ("orders/1", "orders/12", "ORDERS_OF_ANOTHER_FORMAT"),
        ("orders/1", "orders/01", "ORDERS_UNREADABLE"),
        ("dockward-orders/1", "dockward-receipt/1", "ORDERS_UNREADABLE"),
        ('"sequence":7', '"sequence":0', "ORDERS_UNREADABLE"),
        ('"sequence":7', '"sequence": 7', "ORDERS_UNREADABLE"),
        ('"sequence":7', '"sequence":7,"sequence":7', "ORDERS_UNREADABLE"),
        ('"sequence":7', '"sequence":7,"unknown":1', "ORDERS_UNREADABLE"),
        ('"badge":"abab', '"badge":"ABAB', "ORDERS_UNREADABLE"),
    ],
)
def test_what_the_registry_signed_and_this_program_does_not_know_is_named(old: str, new: str, code: str) -> None:
    text = orders_text(ONE)
    assert old in text
    assert refusal(sign_orders(text.replace(old, new), SIGNER)) == code


def test_a_later_list_with_more_in_it_is_still_a_later_list() -> None:
    text = orders_text(ONE).replace("orders/1", "orders/2").replace('"sequence":7', '"rolls":[],"sequence":7')
    assert refusal(sign_orders(text, SIGNER)) == "ORDERS_OF_ANOTHER_FORMAT"


def test_the_dates_of_a_certificate_count_where_the_clock_knows_the_time_and_nowhere_else() -> None:
    """A station that came up without a battery in its clock must not let a lost badge in."""
    message = signed_by(AGENCY.issue(REGISTRY_EVIDENCE, REGISTRY_NAME, validity=Validity()))
    for utc_ms in (0, AT_MS, 5_000_000_000_000):
        assert check_orders(message, TO, replace(AT, utc_ms=utc_ms, synchronised=False)) == ONE
    assert refusal(message, at=replace(AT, utc_ms=0)) == "CERTIFICATE_NOT_VALID_THEN"


def test_the_largest_list_fits_into_a_message_and_through_the_signer() -> None:
    badges = tuple(
        LostBadgeOrder(badge=f"{n:064x}", station="s" * 32, reported=INTEGER_MAX) for n in range(LOST_BADGES_MAX)
    )
    name = "n" * 128
    largest = Orders(registry=name, origin=name, sequence=INTEGER_MAX, lost_badges=badges)
    message = sign_orders(orders_text(largest), SIGNER)
    assert len(message) < MESSAGE_BYTES_MAX
    assert len(signed_bytes(orders_text(largest))) < SIGNED_BYTES_MAX
    assert check_orders(message, replace(TO, origin=name, registry=name), AT) == largest
    more = replace(largest, lost_badges=(*badges, badges[0]))
    again = sign_orders(orders_text(more), SIGNER)
    assert refusal(again, replace(TO, origin=name, registry=name)) == "ORDERS_UNREADABLE"
