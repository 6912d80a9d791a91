"""Promise: a receipt that is not exactly the registry's answer to our statement counts for nothing."""

import json
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from station.errors import RefusedError, UnfitObservationError
from station.journal.notes import LOG_KEY, WITNESS_KEY, Checkpoint, Note, cosign, sign_checkpoint
from station.signing.certificates import REGISTRY_EVIDENCE, REGISTRY_TLS, STATION_EVIDENCE
from station.signing.receipts import (
    RECEIPT_BYTES_MAX,
    Expected,
    Receipt,
    Receiver,
    check_receipt,
    make_receipt,
    read_receipt,
    receipt_bytes,
)
from tests.agency import AT_MS, Agency, Leaf
from tests.evidence_folders import RECORDING, STATED, Evidence, make_evidence
from tests.note_keys import (
    AT_SECONDS,
    COSIGNED,
    HEAD,
    LOG,
    LOG_SECRET,
    OTHER_SECRET,
    SIGNED,
    WITNESS,
    WITNESS_SECRET,
    key,
)


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    return make_evidence(tmp_path_factory.mktemp("evidence"))


def answered(evidence: Evidence, checkpoint: str = str(COSIGNED), stated: int = STATED) -> Receipt:
    by = Receiver(registry="r", registry_pem=evidence.registry.pem, ca_pem=evidence.agency.ca_pem)
    return make_receipt(evidence.statement, stated, checkpoint, AT_MS, by)


def code_of(evidence: Evidence, receipt: Receipt, expected: Expected | None = None, by: Leaf | None = None) -> str:
    encoded, leaf = receipt_bytes(receipt), by or evidence.registry
    with pytest.raises(RefusedError) as refused:
        check_receipt(encoded, leaf.sign(encoded), leaf.pem, expected or evidence.expected, evidence.trust, AT_MS)
    return refused.value.code


def cosigned(head: Checkpoint) -> Note:
    note = sign_checkpoint(head, LOG, LOG_SECRET.sign)
    return note.with_signatures(cosign(head, WITNESS, AT_SECONDS, WITNESS_SECRET.sign))


def test_the_registrys_answer_is_taken(evidence: Evidence) -> None:
    encoded, signature, pem = (evidence.read(name) for name in ("receipt.json", "receipt.sig", "registry.pem"))
    assert encoded == rfc8785.dumps(json.loads(encoded))
    assert read_receipt(encoded) == evidence.receipt
    assert check_receipt(encoded, signature, pem, evidence.expected, evidence.trust, AT_MS) == evidence.receipt
    assert evidence.receipt.statement_sha256 == sha256(evidence.read("statement.json")).hexdigest()


@pytest.mark.filterwarnings("ignore:Parsed a serial number")
@given(st.integers(0, 10_000), st.integers(0, 7), st.sampled_from(["receipt.json", "receipt.sig", "registry.pem"]))
def test_no_changed_bit_is_taken(evidence: Evidence, place: int, bit: int, name: str) -> None:
    files = {one: bytearray(evidence.read(one)) for one in ("receipt.json", "receipt.sig", "registry.pem")}
    files[name][place % len(files[name])] ^= 1 << bit
    encoded, signature, pem = map(bytes, files.values())
    with pytest.raises(RefusedError):
        check_receipt(encoded, signature, pem, evidence.expected, evidence.trust, AT_MS)


OTHER: dict[str, dict[str, Any]] = {
    "STATION": {"station": "st-2"},
    "ORIGIN": {"origin": f"{HEAD.origin}0"},
    "RECORDING": {"recording": RECORDING + 1},
    "ENTRY": {"stated": STATED + 1},
    "DIGEST": {"sha256": "0" * 64},
    "SIZE": {"size_bytes": 1},
    "STATEMENT": {"statement_sha256": "0" * 64},
}


@pytest.mark.parametrize("what", sorted(OTHER))
def test_an_answer_about_something_else_is_refused(evidence: Evidence, what: str) -> None:
    expected = replace(evidence.expected, **OTHER[what])
    assert code_of(evidence, evidence.receipt, expected) == f"RECEIPT_OF_ANOTHER_{what}"


@pytest.mark.parametrize(
    ("role", "name", "code"),
    [
        (STATION_EVIDENCE, "st-1", "CERTIFICATE_OF_ANOTHER_ROLE"),
        (REGISTRY_TLS, "registry", "CERTIFICATE_OF_ANOTHER_ROLE"),
        (REGISTRY_EVIDENCE, "registry-2", "CERTIFICATE_OF_ANOTHER_NAME"),
    ],
)
def test_only_the_registrys_evidence_key_answers(evidence: Evidence, role: str, name: str, code: str) -> None:
    assert code_of(evidence, evidence.receipt, by=evidence.agency.issue(role, name)) == code


def test_another_agencys_registry_does_not_answer(evidence: Evidence) -> None:
    assert code_of(evidence, evidence.receipt, by=Agency().registry_evidence()) == "CERTIFICATE_OF_ANOTHER_CA"


def test_a_certificate_that_the_receipt_does_not_list_is_refused(evidence: Evidence) -> None:
    renewed = evidence.agency.registry_evidence()
    assert code_of(evidence, evidence.receipt, by=renewed) == "RECEIPT_OF_ANOTHER_CERTIFICATE"


@pytest.mark.parametrize(
    "words",
    [{"commands": ("true",)}, {"proved": ()}, {"not_proved": ()}, {"ca_fingerprint": "AA:" * 31 + "AA"}],
    ids=str,
)
def test_an_answer_in_other_words_is_refused(evidence: Evidence, words: dict[str, Any]) -> None:
    assert code_of(evidence, replace(evidence.receipt, **words)) == "RECEIPT_OF_OTHER_WORDS"


OTHER_WITNESS = key(WITNESS.name, WITNESS_KEY, OTHER_SECRET)
OTHER_LOG = key(LOG.name, LOG_KEY, OTHER_SECRET)
OTHER_HEAD = Checkpoint(f"{HEAD.origin}0", HEAD.size, HEAD.root)
CHECKPOINTS: dict[str, tuple[Callable[[], str], str]] = {
    "garbage": (lambda: "garbage", "RECEIPT_CHECKPOINT_UNREADABLE"),
    "empty": (lambda: "", "RECEIPT_CHECKPOINT_UNREADABLE"),
    "unsigned": (lambda: f"{HEAD}\n", "RECEIPT_CHECKPOINT_UNREADABLE"),
    "not cosigned": (lambda: str(SIGNED), "RECEIPT_NOT_WITNESSED"),
    "cosigned by a stranger": (
        lambda: str(SIGNED.with_signatures(cosign(HEAD, OTHER_WITNESS, AT_SECONDS, OTHER_SECRET.sign))),
        "RECEIPT_NOT_WITNESSED",
    ),
    "cosigned falsely": (
        lambda: str(SIGNED.with_signatures(cosign(HEAD, WITNESS, AT_SECONDS, OTHER_SECRET.sign))),
        "RECEIPT_NOT_WITNESSED",
    ),
    "cosigned and not signed": (
        lambda: str(Note(HEAD, (cosign(HEAD, WITNESS, AT_SECONDS, WITNESS_SECRET.sign),))),
        "RECEIPT_CHECKPOINT_UNSIGNED",
    ),
    "signed by another log": (
        lambda: str(sign_checkpoint(HEAD, OTHER_LOG, OTHER_SECRET.sign)),
        "RECEIPT_CHECKPOINT_UNSIGNED",
    ),
    "of another origin": (lambda: str(cosigned(OTHER_HEAD)), "RECEIPT_CHECKPOINT_UNSIGNED"),
    "before the statement": (
        lambda: str(cosigned(Checkpoint(HEAD.origin, STATED, HEAD.root))),
        "RECEIPT_CHECKPOINT_TOO_SMALL",
    ),
}


@pytest.mark.parametrize("what", sorted(CHECKPOINTS))
def test_an_answer_without_a_witnessed_checkpoint_is_refused(evidence: Evidence, what: str) -> None:
    checkpoint, code = CHECKPOINTS[what]
    assert code_of(evidence, answered(evidence, checkpoint())) == code


def test_a_checkpoint_that_just_covers_the_statement_is_enough(evidence: Evidence) -> None:
    receipt = answered(evidence, str(cosigned(Checkpoint(HEAD.origin, STATED + 1, HEAD.root))))
    encoded = receipt_bytes(receipt)
    signature = evidence.registry.sign(encoded)
    pem = evidence.registry.pem
    assert check_receipt(encoded, signature, pem, evidence.expected, evidence.trust, AT_MS) == receipt


@pytest.mark.parametrize(
    "values",
    [
        {"extra": 1},
        {"format": "dockward-receipt/2"},
        {"recording": -1},
        {"received_at": "2026-02-30T00:00:00.000Z"},
        {"sha256": "0" * 64},
        {"statement_sha256": "0" * 64},
        {"files": []},
        {"registry": "a b"},
        {"checkpoint": "x" * RECEIPT_BYTES_MAX},
    ],
    ids=str,
)
def test_what_is_no_receipt_is_not_read(evidence: Evidence, values: dict[str, Any]) -> None:
    encoded = rfc8785.dumps({**json.loads(receipt_bytes(evidence.receipt)), **values})
    with pytest.raises(UnfitObservationError):
        read_receipt(encoded)
    with pytest.raises(UnfitObservationError, match="canonical"):
        read_receipt(receipt_bytes(evidence.receipt) + b" ")
    signature = evidence.registry.sign(encoded)
    with pytest.raises(RefusedError, match="RECEIPT_UNREADABLE"):
        check_receipt(encoded, signature, evidence.registry.pem, evidence.expected, evidence.trust, AT_MS)
