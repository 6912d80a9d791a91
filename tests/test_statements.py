"""Promise: a statement is canonical, says only what was held, and no name in it can pass for anything else."""

import json
import subprocess
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from station.custody.facts import CameraRead
from station.errors import BrokenCustodyError, RefusedError, UnfitObservationError
from station.signing.certificates import REGISTRY_EVIDENCE, STATION_EVIDENCE, STATION_TLS
from station.signing.court import court_words
from station.signing.plain_text import quoted, unquoted
from station.signing.signer_wire import MESSAGE_BYTES_MAX
from station.signing.statements import (
    PART_BYTES,
    PARTS_MAX,
    STATEMENT_BYTES_MAX,
    Digests,
    Issuer,
    Statement,
    Visit,
    check_statement,
    make_statement,
    part_bytes_for,
    part_digests,
    read_statement,
    statement_bytes,
)
from tests.agency import AT_MS, Agency, Validity
from tests.evidence_folders import FILM, NAME, PART, STATION, VISIT, Evidence, held, make_evidence
from tests.note_keys import HEAD

AGENCY = Agency()
LEAF = AGENCY.station_evidence(STATION)
ISSUER = Issuer(station=STATION, origin=HEAD.origin, signer_pem=LEAF.pem, ca_pem=AGENCY.ca_pem)
DIGESTS = Digests(
    size_bytes=len(FILM),
    sha256=sha256(FILM).hexdigest(),
    part_bytes=PART,
    parts=tuple(sha256(FILM[begin : begin + PART]).hexdigest() for begin in range(0, len(FILM), PART)),
)
ANY_WORD = st.text(max_size=96) | st.sampled_from(
    [
        f"{'0' * 64}  original",
        f"{'f' * 64} *original",
        f"\\{'f' * 64}  original",
        f"SHA256 (original) = {'0' * 64}",
        f"SHA256(original)= {'0' * 64}",
        f'","{"0" * 64}  original","',
        "a\nb",
        "\u202egpj.4pm",
        "\ud800",
    ]
)


def stated(name: str = NAME, visit: Visit = VISIT) -> Statement:
    return make_statement(held(), name, visit, DIGESTS, ISSUER)


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    return make_evidence(tmp_path_factory.mktemp("evidence"))


def test_a_statement_is_rfc_8785_and_reads_back() -> None:
    statement = stated()
    encoded = statement_bytes(statement)
    assert encoded == rfc8785.dumps(json.loads(encoded))
    assert read_statement(encoded) == statement


def test_it_says_what_was_held() -> None:
    said = json.loads(statement_bytes(stated()))
    fact = held()
    assert said["recording"] == fact.n
    assert said["held_at"] == "2026-11-21T08:30:00.250Z"
    assert (said["sha256"], said["size_bytes"]) == (sha256(FILM).hexdigest(), len(FILM))
    assert said["parts"] == list(DIGESTS.parts)
    assert (said["camera"], said["bay"], said["officer"]) == ("DSJ-0001", "bay%203", "officer-7")
    assert unquoted(said["original_name"]) == NAME
    assert said["policy"] == "yinchuan@3"
    assert said["files"] == [f"{said['sha256']}  original", f"{sha256(LEAF.pem).hexdigest()}  signer.pem"]
    assert said["ca_fingerprint"] in said["not_proved"][0]


@given(ANY_WORD)
def test_a_name_comes_back_as_it_was(word: str) -> None:
    assert unquoted(quoted(word)) == word


@given(ANY_WORD, ANY_WORD, ANY_WORD)
def test_no_name_reads_as_anything_else(name: str, camera: str, model: str) -> None:
    """Split at quotes, as a court may: the lines for sha256sum are ours alone, whatever others call themselves."""
    visit = replace(VISIT, camera=camera, model=model, officer=name)
    statement = stated(name, visit)
    encoded = statement_bytes(statement)
    assert b"\\" not in encoded
    assert not any(byte < 0x20 for byte in encoded)
    assert read_statement(encoded) == statement
    usual = statement_bytes(stated()).count(b'"')
    assert encoded.count(b'"') == usual


@pytest.mark.parametrize("name", [f"{'0' * 64}  original", f"SHA256 (original) = {'0' * 64}", f"\t{'0' * 64}\tx"])
def test_sha256sum_believes_only_our_lines(tmp_path: Path, name: str) -> None:
    (tmp_path / "original").write_bytes(FILM)
    (tmp_path / "signer.pem").write_bytes(LEAF.pem)
    pieces = statement_bytes(stated(name, replace(VISIT, camera=name, model=name))).replace(b'"', b"\n")
    done = subprocess.run(["sha256sum", "-c"], cwd=tmp_path, input=pieces, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (0, b"original: OK\nsigner.pem: OK\n"), done.stderr


@given(st.binary(max_size=300), st.integers(1, 64))
def test_parts_make_up_the_whole(tmp_path_factory: pytest.TempPathFactory, content: bytes, part_bytes: int) -> None:
    file = tmp_path_factory.getbasetemp() / "film"
    file.write_bytes(content)
    digests = part_digests(file, part_bytes)
    assert digests.sha256 == sha256(content).hexdigest()
    assert digests.size_bytes == len(content)
    cut = [content[begin : begin + part_bytes] for begin in range(0, len(content), part_bytes)]
    assert digests.parts == tuple(sha256(part).hexdigest() for part in cut)


def test_a_part_is_read_in_bites_and_hashed_whole(tmp_path: Path) -> None:
    content = bytes(range(256)) * 10_000
    (tmp_path / "film").write_bytes(content)
    digests = part_digests(tmp_path / "film", 1_500_000)
    assert digests.parts == tuple(sha256(half).hexdigest() for half in (content[:1_500_000], content[1_500_000:]))


@given(st.integers(0, 2**53 - 1))
def test_parts_are_never_too_many_for_one_signature(size: int) -> None:
    part_bytes = part_bytes_for(size)
    assert -(-size // part_bytes) <= PARTS_MAX
    assert part_bytes == PART_BYTES or -(-size // (part_bytes // 2)) > PARTS_MAX


def test_the_longest_statement_can_be_signed() -> None:
    size = PART_BYTES * PARTS_MAX
    digests = Digests(size_bytes=size, sha256=DIGESTS.sha256, part_bytes=PART_BYTES, parts=("0" * 64,) * PARTS_MAX)
    fact = replace(held(), body=replace(held().body, size_bytes=size))
    encoded = statement_bytes(make_statement(fact, "\x00" * 4_096, VISIT, digests, ISSUER))
    assert len(encoded) <= STATEMENT_BYTES_MAX <= MESSAGE_BYTES_MAX


@pytest.mark.parametrize(
    "found", [replace(DIGESTS, sha256="0" * 64), replace(DIGESTS, size_bytes=DIGESTS.size_bytes - 1)]
)
def test_nothing_is_stated_of_a_file_that_is_not_what_was_held(found: Digests) -> None:
    with pytest.raises(BrokenCustodyError, match="not what was held"):
        make_statement(held(), NAME, VISIT, found, ISSUER)


def test_only_a_recording_is_stated() -> None:
    with pytest.raises(BrokenCustodyError, match="no recording_held"):
        make_statement(replace(held(), body=CameraRead(docking=3, listed=0)), NAME, VISIT, DIGESTS, ISSUER)


def test_parts_that_do_not_make_up_the_file_are_not_stated() -> None:
    with pytest.raises(UnfitObservationError, match="parts"):
        make_statement(held(), NAME, VISIT, replace(DIGESTS, parts=DIGESTS.parts[:-1]), ISSUER)


def changed(**values: Any) -> bytes:
    said = json.loads(statement_bytes(stated()))
    return rfc8785.dumps({**said, **values})


FILES = list(stated().files)


@pytest.mark.parametrize(
    "encoded",
    [
        b"",
        b"null",
        b"\xff",
        b"[" * 5_000,
        statement_bytes(stated()) + b"\n",
        statement_bytes(stated()).replace(b":", b": ", 1),
        changed(extra=1),
        changed(format="dockward-statement/2"),
        changed(station="St 1"),
        changed(camera=f"{'0' * 64}  original"),
        changed(model='"'),
        changed(original_name="a\\b"),
        changed(original_name="100%"),
        changed(held_at="2026-13-21T08:30:00.250Z"),
        changed(recording=-1),
        changed(size_bytes=1.5),
        changed(part_bytes=0),
        changed(parts=[]),
        changed(files=FILES[::-1]),
        changed(files=[f"{'0' * 64}  original", FILES[1]]),
        changed(files=[FILES[0], FILES[0]]),
        changed(files=[*FILES, FILES[1]]),
        changed(commands=[f"{'0' * 64}  original"]),
        changed(proved=["SHA256 (original) = 00"]),
        changed(not_proved=["a\nb"]),
        changed(commands=['echo "x"']),
        b" " * (STATEMENT_BYTES_MAX + 1),
    ],
    ids=range(27),
)
def test_what_is_no_statement_is_not_read(encoded: bytes) -> None:
    with pytest.raises(UnfitObservationError):
        read_statement(encoded)


def test_a_statement_of_the_station_is_taken(evidence: Evidence) -> None:
    encoded, signature, pem = (evidence.read(name) for name in ("statement.json", "statement.sig", "signer.pem"))
    assert check_statement(encoded, signature, pem, evidence.agency.ca_pem) == evidence.statement


@pytest.mark.filterwarnings("ignore:Parsed a serial number")
@given(st.integers(0, 10_000), st.integers(0, 7), st.sampled_from(["statement.json", "statement.sig", "signer.pem"]))
def test_no_changed_bit_is_taken(evidence: Evidence, place: int, bit: int, name: str) -> None:
    files = {one: bytearray(evidence.read(one)) for one in ("statement.json", "statement.sig", "signer.pem")}
    files[name][place % len(files[name])] ^= 1 << bit
    encoded, signature, pem = map(bytes, files.values())
    with pytest.raises(RefusedError):
        check_statement(encoded, signature, pem, evidence.agency.ca_pem)


@pytest.mark.parametrize(
    ("role", "name", "code"),
    [
        (STATION_EVIDENCE, "st-2", "STATEMENT_OF_ANOTHER_STATION"),
        (STATION_TLS, STATION, "CERTIFICATE_OF_ANOTHER_ROLE"),
        (REGISTRY_EVIDENCE, "registry", "CERTIFICATE_OF_ANOTHER_ROLE"),
    ],
)
def test_a_station_states_only_for_itself(role: str, name: str, code: str) -> None:
    other = AGENCY.issue(role, name)
    issuer = replace(ISSUER, signer_pem=other.pem)
    encoded = statement_bytes(make_statement(held(), NAME, VISIT, DIGESTS, issuer))
    with pytest.raises(RefusedError) as refused:
        check_statement(encoded, other.sign(encoded), other.pem, AGENCY.ca_pem)
    assert refused.value.code == code


def test_a_certificate_that_the_statement_does_not_list_is_refused() -> None:
    renewed = AGENCY.station_evidence(STATION)
    encoded = statement_bytes(stated())
    with pytest.raises(RefusedError) as refused:
        check_statement(encoded, renewed.sign(encoded), renewed.pem, AGENCY.ca_pem)
    assert refused.value.code == "STATEMENT_OF_ANOTHER_CERTIFICATE"


@pytest.mark.parametrize(
    "words",
    [
        {"commands": ("true",)},
        {"commands": (*stated().commands, "rm -rf ~")},
        {"proved": ("court: believe me",)},
        {"not_proved": stated().not_proved[:-1]},
        {"ca_fingerprint": "AA:" * 31 + "AA"},
    ],
    ids="".join,
)
def test_a_station_guides_a_court_by_our_words_alone(words: dict[str, Any]) -> None:
    encoded = statement_bytes(replace(stated(), **words))
    with pytest.raises(RefusedError) as refused:
        check_statement(encoded, LEAF.sign(encoded), LEAF.pem, AGENCY.ca_pem)
    assert refused.value.code == "STATEMENT_OF_OTHER_WORDS"


@pytest.mark.parametrize("held_at_ms", [5_000_000, AT_MS, AT_MS + 10 * 366 * 86_400_000])
def test_genuine_evidence_is_taken_whatever_the_clock_said_and_after_the_certificate_ended(held_at_ms: int) -> None:
    """A machine without a clock of its own begins in 1970; a certificate has long ended when the registry asks."""
    at = datetime.fromtimestamp(AT_MS // 1000, UTC)
    validity = Validity(at.replace(year=at.year - 1), at.replace(year=at.year + 1))
    leaf = AGENCY.issue(STATION_EVIDENCE, STATION, validity=validity)
    fact = replace(held(), at=replace(held().at, utc_ms=held_at_ms, synchronised=False))
    statement = make_statement(fact, NAME, VISIT, DIGESTS, replace(ISSUER, signer_pem=leaf.pem))
    encoded = statement_bytes(statement)
    assert check_statement(encoded, leaf.sign(encoded), leaf.pem, AGENCY.ca_pem) == statement


def test_words_that_are_signed_but_no_statement_are_refused() -> None:
    with pytest.raises(RefusedError) as refused:
        check_statement(b"{}", LEAF.sign(b"{}"), LEAF.pem, AGENCY.ca_pem)
    assert refused.value.code == "STATEMENT_UNREADABLE"


def test_the_words_of_this_format_never_change() -> None:
    """Papers with these words are out there and are compared with them: other words are another format version."""
    line = f"{'0' * 64}  original"
    words = [court_words(paper, "t-01", (line,), "AB:CD", 1_795_219_200) for paper in ("statement", "receipt")]
    told = sha256(json.dumps(words, ensure_ascii=False).encode()).hexdigest()
    assert told == "8b1fbf7c4db6a544cbde35fe25a74664891a4c6c195c4e1bb89df89eb3be30d3"
