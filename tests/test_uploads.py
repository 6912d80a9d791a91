"""Promise: a receipt is given only for what the vault really holds, and what the witnessed journal says of it."""

import asyncio
import contextlib
import errno
import os
import shutil
import stat
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dockward.__main__ import main
from registry import vault
from registry.uploads import Papers
from station.custody import observations as seen
from station.custody.facts import RecordingHeld
from station.errors import WireFailedError
from station.signing.certificates import REGISTRY_TLS, STATION_EVIDENCE, STATION_TLS
from station.signing.court import court_words
from station.signing.statements import (
    CHECKS_MADE,
    MEDIA_CHECKED,
    PART_BYTES,
    StatedMedia,
    read_statement,
    statement_bytes,
)
from station.stamp import utc_ms
from tests.agency import AT_MS, Agency, Leaf, Validity
from tests.reporting_stations import ReportingStation
from tests.uploading_stations import (
    AGENCY,
    PEER_HEADER,
    Stated,
    StationClient,
    UploadBooks,
    code_of,
    evidence_folder,
    state,
)

LEAF = AGENCY.station_evidence("t-01")


@pytest.fixture
def station(tmp_path: Path) -> Iterator[ReportingStation]:
    station = ReportingStation(tmp_path / "station")
    yield station
    station.close()


@pytest.fixture
def books(tmp_path: Path, station: ReportingStation) -> Iterator[UploadBooks]:
    books = UploadBooks(tmp_path / "registry", station)
    yield books
    books.close()


@pytest.fixture
def client(books: UploadBooks) -> Iterator[StationClient]:
    with books.client() as client:
        yield client


@pytest.mark.parametrize("size", [0, 1, 999, 1_000, 1_001, 2_500, 3_000])
def test_a_recording_is_taken_and_receipted(
    station: ReportingStation, books: UploadBooks, client: StationClient, size: int
) -> None:
    stated = books.held(station, LEAF, size=size)
    assert client.missing(stated) == stated.numbers
    for number in reversed(stated.numbers):
        assert client.put(stated, number).status_code == 204
    assert client.missing(stated) == []
    n = stated.sign()
    books.witness_all(station)
    answer = client.complete(stated)
    assert answer.status_code == 200
    receipt = stated.check(answer.content, n, books.witness_key)
    assert receipt.registry == "测试平台"
    folder = evidence_folder(books.vault, stated)
    assert (folder / "original").read_bytes() == stated.content
    assert sorted(path.name for path in folder.iterdir()) == [
        "original",
        "receipt.json",
        "receipt.sig",
        "registry.pem",
        "signer.pem",
        "statement.json",
        "statement.sig",
    ]
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o444}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o555


def test_each_part_says_how_to_send_it(station: ReportingStation, books: UploadBooks, client: StationClient) -> None:
    stated = books.held(station, LEAF)
    answer = client.begin(stated.papers).json()
    for part in answer["parts"]:
        sent = client.http.request(
            part["method"], part["url"], headers=part["headers"], content=stated.part(part["number"])
        )
        assert sent.status_code == 204
    assert client.missing(stated) == []


def test_a_receipt_once_given_stays_the_same_to_the_byte(
    station: ReportingStation, books: UploadBooks, client: StationClient
) -> None:
    stated = books.held(station, LEAF)
    client.send(stated)
    stated.sign()
    books.witness_all(station)
    first = client.complete(stated).content
    station.live(3)
    books.witness_all(station)
    assert client.complete(stated).content == first
    assert client.missing(stated) == []
    assert client.put(stated, 1).status_code == 204
    books.restart()
    with books.client() as again:
        assert again.complete(stated).content == first


def test_no_receipt_before_both_facts_are_witnessed(
    station: ReportingStation, books: UploadBooks, client: StationClient
) -> None:
    stated = books.held(station, LEAF)
    client.send(stated)
    yet = (202, "NOT_WITNESSED_YET")
    assert code_of(client.complete(stated)) == yet
    books.witness_all(station)
    assert code_of(client.complete(stated)) == yet
    station.live()
    n = stated.sign()
    assert code_of(client.complete(stated)) == yet
    books.mirror.take("t-01", station.batch(0, n), 1)
    assert code_of(client.complete(stated)) == yet
    books.mirror.take("t-01", station.batch(0, n + 1), 1)
    stated.check(client.complete(stated).content, n, books.witness_key)


def test_another_statement_than_the_witnessed_one_gets_no_receipt(
    station: ReportingStation, books: UploadBooks, client: StationClient
) -> None:
    stated = books.held(station, LEAF)
    client.send(stated)
    station.state(stated.held.n, "5" * 64)
    books.witness_all(station)
    assert code_of(client.complete(stated)) == (202, "NOT_WITNESSED_YET")


def test_a_statement_that_the_journal_contradicts_gets_no_receipt(
    tmp_path: Path, station: ReportingStation, books: UploadBooks, client: StationClient
) -> None:
    elsewhere = ReportingStation(tmp_path / "elsewhere")
    stated = state(elsewhere, LEAF, seed="other")
    station.hold("c" * 64, 2_500)
    assert stated.held.n == station.size - 1
    station.state(stated.held.n, stated.sha256)
    books.witness_all(station)
    assert code_of(client.begin(stated.papers)) == (403, "STATEMENT_OF_ANOTHER_RECORDING")
    assert not books.vault.exists()
    elsewhere.close()


LIES: dict[str, dict[str, Any]] = {
    "held_at": {"held_at": "2021-01-01T00:00:00.000Z"},
    "clock": {"clock": "free"},
    "policy": {"policy": "x@9"},
    "docking": {"docking": 0},
    "loan": {"loan": 1, "unattributed": None},
    "unattributed": {"unattributed": None},
    "begun": {"begun_device_ms": 1},
    "ended": {"ended_device_ms": 1},
    "original_name": {"original_name": "OTHER.MP4"},
    "officer": {"officer": "officer-99"},
    "bay": {"bay": "9"},
    "camera": {"camera": "ANOTHER"},
    "model": {"model": "another"},
    "clock_ahead": {"clock_ahead_ms": 5},
    "clock_error": {"clock_error_ms": 5},
    "media": {
        "media": StatedMedia(container="MP4", begun_device_ms=None, length_ms=None, notes=()),
        "checks": (*CHECKS_MADE, MEDIA_CHECKED),
    },
}


def stating(stated: Stated, **claims: object) -> Stated:
    """Another statement of that recording, signed too."""
    said = msgspec.structs.replace(read_statement(stated.papers.statement), **claims)
    words = court_words("statement", said.station, said.files, said.ca_fingerprint, utc_ms(said.held_at) // 1000)
    statement = statement_bytes(msgspec.structs.replace(said, **words._asdict()))
    return replace(stated, papers=Papers(statement, LEAF.sign(statement), LEAF.pem))


@pytest.mark.parametrize("lie", LIES)
def test_a_statement_that_says_otherwise_than_the_journal_is_refused(
    station: ReportingStation, books: UploadBooks, client: StationClient, lie: str
) -> None:
    stated = books.held(station, LEAF)
    lied = stating(stated, **LIES[lie])
    lied.sign()
    books.witness_all(station)
    assert code_of(client.begin(lied.papers)) == (403, "STATEMENT_OF_ANOTHER_RECORDING")
    assert books.ledger.upload(lied.id) is None
    client.send(stated)


def test_a_name_that_was_purged_is_compared_no_more(
    station: ReportingStation, books: UploadBooks, client: StationClient
) -> None:
    stated = books.held(station, LEAF)
    station.tell(seen.PurgeOrdered(entries=(stated.held.n,), rule="TERM_OVER"))
    books.witness_all(station)
    assert client.missing(stated) == stated.numbers


def test_an_upload_of_a_journal_that_ended_is_not_gone_on_with(
    tmp_path: Path, station: ReportingStation, books: UploadBooks, client: StationClient
) -> None:
    stated = books.held(station, LEAF)
    client.send(stated)
    anew = ReportingStation(tmp_path / "anew", "t-01", 2)
    books.enrol(anew)
    for answer in (client.begin(stated.papers), client.put(stated, 1), client.complete(stated)):
        assert code_of(answer) == (403, "STATEMENT_OF_ANOTHER_JOURNAL")
    again = books.held(anew, LEAF)
    client.send(again)
    n = again.sign()
    books.witness_all(anew)
    again.check(client.complete(again).content, n, books.witness_key)
    anew.close()


def test_what_was_stated_under_a_certificate_is_taken_after_its_end(
    station: ReportingStation, books: UploadBooks, client: StationClient
) -> None:
    ended = AGENCY.issue(STATION_EVIDENCE, "t-01", validity=Validity(ends=datetime(2025, 12, 31, tzinfo=UTC)))
    assert ended.certificate.not_valid_after_utc.timestamp() * 1000 < AT_MS
    stated = state(station, ended)
    n = stated.sign()
    books.witness_all(station)
    client.send(stated)
    stated.check(client.complete(stated).content, n, books.witness_key)


def test_what_no_witnessed_fact_speaks_of_is_not_taken_yet(
    station: ReportingStation, books: UploadBooks, client: StationClient
) -> None:
    for number in range(3):
        stated = state(station, LEAF, seed=str(number))
        assert code_of(client.begin(stated.papers)) == (202, "NOT_WITNESSED_YET")
        assert code_of(client.put(stated, 1)) == (404, "NO_SUCH_UPLOAD")
        if number == 1:
            books.mirror.take("t-01", station.batch(0, stated.held.n), 1)
            assert code_of(client.begin(stated.papers)) == (202, "NOT_WITNESSED_YET")
    assert not books.vault.exists()
    books.witness_all(station)
    client.send(stated)


def test_parts_larger_than_a_station_sends_are_refused(
    station: ReportingStation, books: UploadBooks, client: StationClient
) -> None:
    stated = books.held(station, LEAF)
    whole = stated.held.body
    assert isinstance(whole, RecordingHeld)
    huge = stating(stated, part_bytes=2**53 - 1, parts=(whole.sha256,))
    assert code_of(client.begin(huge.papers)) == (403, "PARTS_TOO_LARGE")
    assert client.missing(stating(stated, part_bytes=PART_BYTES, parts=(whole.sha256,))) == [1]


def test_a_part_has_one_writer(station: ReportingStation, books: UploadBooks, client: StationClient) -> None:
    stated = books.held(station, LEAF)
    client.missing(stated)
    first = books.uploads.receive("t-01", stated.id, 1)
    assert first is not None
    assert code_of(client.put(stated, 1)) == (503, "PART_BEING_WRITTEN")
    assert client.put(stated, 2).status_code == 204
    first.close()
    assert client.put(stated, 1).status_code == 204


def test_what_a_crash_left_half_written_is_gone_after_the_start(
    station: ReportingStation, books: UploadBooks, client: StationClient
) -> None:
    stated = books.held(station, LEAF)
    client.missing(stated)
    writing = books.uploads.receive("t-01", stated.id, 1)
    assert writing is not None
    writing.write(b"x" * 500)

    def half_written() -> list[bytes]:
        return [path.read_bytes() for path in books.vault.rglob("*") if path.is_file()]

    assert half_written() == [b"x" * 500]
    books.restart()
    assert half_written() == []
    writing.close()


def test_the_vault_keeps_a_reserve(
    station: ReportingStation, books: UploadBooks, client: StationClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    stated = books.held(station, LEAF)
    n = stated.sign()
    books.witness_all(station)
    client.missing(stated)
    with monkeypatch.context() as full:
        full.setattr(vault, "RESERVE_BYTES", 1 << 62)
        assert code_of(client.put(stated, 1)) == (507, "VAULT_FULL")
    client.send(stated)
    with monkeypatch.context() as full:
        full.setattr(vault, "RESERVE_BYTES", 1 << 62)
        assert code_of(client.complete(stated)) == (507, "VAULT_FULL")
    stated.check(client.complete(stated).content, n, books.witness_key)


def test_a_vault_that_is_being_read_back_keeps_nobody_waiting(
    station: ReportingStation, books: UploadBooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More questions at once than there are threads to answer them."""
    stated, other = books.held(station, LEAF), books.held(station, LEAF, seed="other")
    n = stated.sign()
    books.witness_all(station)
    with books.client() as client:
        client.send(stated)
    go_on = threading.Event()
    prove = vault.Deposit.prove

    def slowly(deposit: vault.Deposit) -> bool:
        assert go_on.wait(20)
        return prove(deposit)

    monkeypatch.setattr(vault.Deposit, "prove", slowly)

    async def ask() -> bytes:
        transport, headers = httpx.ASGITransport(books.api), {PEER_HEADER: f"{STATION_TLS}/t-01"}
        async with httpx.AsyncClient(transport=transport, base_url="http://registry", headers=headers) as http:
            asked = [asyncio.create_task(http.post(f"/api/v1/uploads/{stated.id}/complete")) for _ in range(45)]
            try:
                early, waiting = await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED, timeout=10)
                while early and len(waiting) > 1:
                    done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED, timeout=10)
                    early |= done
                assert {code_of(done.result()) for done in early} == {(202, "BEING_PROVED")}
                papers = msgspec.json.encode(other.papers)
                begun = await asyncio.wait_for(http.post("/api/v1/uploads", content=papers), 10)
                assert begun.status_code == 200
            finally:
                go_on.set()
            (proved,) = waiting
            return (await proved).content

    stated.check(asyncio.run(ask()), n, books.witness_key)


def test_a_station_whose_enrolment_is_broken_asks_again(
    station: ReportingStation, books: UploadBooks, client: StationClient
) -> None:
    stated = books.held(station, LEAF)
    (books.stations / "t-01.json").write_bytes(b"")
    assert code_of(client.begin(stated.papers)) == (503, "ASK_AGAIN")
    books.enrol(station)
    client.send(stated)


def test_parts_that_are_missing_are_asked_for(
    station: ReportingStation, books: UploadBooks, client: StationClient
) -> None:
    stated = books.held(station, LEAF)
    stated.sign()
    books.witness_all(station)
    assert client.missing(stated) == [1, 2, 3]
    assert code_of(client.complete(stated)) == (409, "PARTS_MISSING")
    client.put(stated, 2)
    assert client.missing(stated) == [1, 3]
    books.restart()
    with books.client() as again:
        assert again.missing(stated) == [1, 3]
        again.send(stated)
        assert again.complete(stated).status_code == 200


@pytest.mark.parametrize(
    "spoil",
    [
        lambda part: part[:-1],
        lambda part: part + b"x",
        lambda part: part * 2_000,
        lambda _: b"",
        lambda part: bytes([part[0] ^ 1]) + part[1:],
        lambda part: part[:-1] + bytes([part[-1] ^ 1]),
    ],
)
@pytest.mark.parametrize("number", [1, 3])
def test_a_part_that_is_not_the_stated_one_is_not_kept(
    station: ReportingStation, books: UploadBooks, client: StationClient, spoil: Callable[[bytes], bytes], number: int
) -> None:
    stated = books.held(station, LEAF)
    assert client.missing(stated) == [1, 2, 3]
    assert code_of(client.put(stated, number, spoil(stated.part(number)))) == (422, "PART_DIGEST")
    assert code_of(client.put(stated, number, stated.part(2))) == (422, "PART_DIGEST")
    assert client.missing(stated) == [1, 2, 3]
    assert list((evidence_folder(books.vault, stated) / "parts").iterdir()) == []


@pytest.mark.parametrize("number", [0, 4, 99_999_999_999])
def test_a_part_nobody_stated_is_not_taken(
    station: ReportingStation, books: UploadBooks, client: StationClient, number: int
) -> None:
    stated = books.held(station, LEAF)
    client.missing(stated)
    assert code_of(client.put(stated, number, b"x")) == (404, "NO_SUCH_PART")


@pytest.mark.parametrize("broken", [b"", b"x" * 1_000, None])
def test_a_part_that_rots_before_it_is_read_back_is_asked_for_again(
    station: ReportingStation, books: UploadBooks, client: StationClient, broken: bytes | None
) -> None:
    stated = books.held(station, LEAF)
    client.send(stated)
    n = stated.sign()
    books.witness_all(station)
    part = evidence_folder(books.vault, stated) / "parts" / "000002"
    if broken is None:
        part.unlink()
    else:
        part.write_bytes(broken)
    assert code_of(client.complete(stated)) == (409, "PARTS_MISSING")
    assert client.missing(stated) == [2]
    client.send(stated)
    stated.check(client.complete(stated).content, n, books.witness_key)


def test_an_original_that_rots_before_its_receipt_is_asked_for_again(
    station: ReportingStation, books: UploadBooks, client: StationClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The registry is cut off when all parts are joined and gone; then the disk lies."""
    stated = books.held(station, LEAF)
    client.send(stated)
    n = stated.sign()
    books.witness_all(station)
    with monkeypatch.context() as cut:
        cut.setattr(books.uploads, "_sign", raising(PowerCut()))
        with pytest.raises(PowerCut):
            books.uploads.complete("t-01", stated.id).result()
    original = evidence_folder(books.vault, stated) / "original"
    original.write_bytes(stated.content[:-1] + b"\x00")
    assert code_of(client.complete(stated)) == (409, "PARTS_MISSING")
    assert client.missing(stated) == [1, 2, 3]
    client.send(stated)
    stated.check(client.complete(stated).content, n, books.witness_key)
    assert original.read_bytes() == stated.content


class PowerCut(BaseException):
    """Nothing after it happens."""


def raising(error: BaseException) -> Callable[..., Any]:
    def act(*_: object, **__: object) -> Any:
        raise error

    return act


def test_cut_at_any_step_the_upload_goes_on_and_ends_in_one_receipt(
    station: ReportingStation, books: UploadBooks
) -> None:
    """Every fsync, rename, removal and commit of a whole upload is the last thing done once."""
    for cut_at in range(1, 1_000):
        stated = books.held(station, LEAF, size=1_500, seed=str(cut_at))
        n = stated.sign()
        books.witness_all(station)
        given: list[bytes] = []
        acts = cut_upload(books, stated, given, cut_at)
        cut_off = not given
        books.restart()
        whole_upload(books, stated, given)
        whole_upload(books, stated, given)
        assert len(set(given)) == 1
        stated.check(given[0], n, books.witness_key)
        assert (evidence_folder(books.vault, stated) / "original").read_bytes() == stated.content
        assert not any((evidence_folder(books.vault, stated) / left).exists() for left in ("parts", "joined"))
        if not cut_off:
            break
    assert acts > 20


def cut_upload(books: UploadBooks, stated: Stated, given: list[bytes], cut_at: int) -> int:
    """Upload until so many acts were done; how many there were."""
    acts = 0

    def counted(act: Callable[..., Any]) -> Callable[..., Any]:
        def do(*args: object, **named: object) -> Any:
            nonlocal acts
            acts += 1
            if acts == cut_at:
                raise PowerCut
            return act(*args, **named)

        return do

    with pytest.MonkeyPatch.context() as cut:
        for room, name in ((os, "fsync"), (Path, "rename"), (shutil, "rmtree"), (Path, "chmod")):
            cut.setattr(room, name, counted(getattr(room, name)))
        cut.setattr(books.ledger, "keep_receipt", counted(books.ledger.keep_receipt))
        with contextlib.suppress(PowerCut):
            whole_upload(books, stated, given)
    return acts


def whole_upload(books: UploadBooks, stated: Stated, given: list[bytes]) -> None:
    wanted = books.uploads.begin("t-01", stated.papers)
    for number in wanted.parts:
        part = books.uploads.receive("t-01", wanted.id, number)
        assert part is not None
        try:
            part.write(stated.part(number))
            part.finish()
        finally:
            part.close()
    given.append(msgspec.json.encode(books.uploads.complete("t-01", wanted.id).result()))


@settings(max_examples=12)
@given(st.data())
def test_parts_in_any_order_sent_again_cut_and_spoiled_end_in_the_same_bytes(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("parts")
    station = ReportingStation(folder / "station")
    books = UploadBooks(folder / "registry", station)
    part_bytes = data.draw(st.integers(1, 40))
    stated = books.held(station, LEAF, size=data.draw(st.integers(0, 120)), part_bytes=part_bytes)
    stated.sign()
    books.witness_all(station)
    with books.client() as client:
        left = client.missing(stated)
        for _ in range(data.draw(st.integers(0, 8))):
            number = data.draw(st.sampled_from(stated.numbers or [1]))
            content = data.draw(st.just(stated.part(number)) | st.binary(max_size=part_bytes + 2))
            sent = client.put(stated, number, content).status_code
            if number in left and stated.numbers:
                assert sent == (204 if content == stated.part(number) else 422)
            left = [n for n in left if n != number or content != stated.part(number)]
            assert client.missing(stated) == left
        assert client.complete(stated).status_code == (409 if left else 200)
        client.send(stated)
        assert client.complete(stated).status_code == 200
    assert (evidence_folder(books.vault, stated) / "original").read_bytes() == stated.content
    station.close()
    books.close()


@pytest.mark.parametrize(
    ("error", "answer"),
    [
        (WireFailedError("the signer did not answer"), (503, "ASK_AGAIN")),
        (OSError(errno.ENOSPC, "no space left"), (507, "VAULT_FULL")),
    ],
)
def test_what_fails_here_is_asked_for_again_and_costs_nothing(
    station: ReportingStation, books: UploadBooks, client: StationClient, error: Exception, answer: tuple[int, str]
) -> None:
    stated = books.held(station, LEAF)
    client.send(stated)
    n = stated.sign()
    books.witness_all(station)
    with pytest.MonkeyPatch.context() as failing:
        failing.setattr(books.uploads, "_sign", raising(error))
        assert code_of(client.complete(stated)) == answer
    stated.check(client.complete(stated).content, n, books.witness_key)


def test_two_stations_cannot_speak_for_each_other(
    tmp_path: Path, station: ReportingStation, books: UploadBooks, client: StationClient
) -> None:
    other = ReportingStation(tmp_path / "other", "t-02")
    books.enrol(other)
    stated = books.held(station, LEAF)
    with books.client("t-02") as stranger:
        assert code_of(stranger.begin(stated.papers)) == (403, "STATEMENT_OF_ANOTHER_STATION")
        client.send(stated)
        stated.sign()
        books.witness_all(station)
        assert code_of(stranger.put(stated, 1)) == (404, "NO_SUCH_UPLOAD")
        assert code_of(stranger.complete(stated)) == (404, "NO_SUCH_UPLOAD")
        own = books.held(other, AGENCY.station_evidence("t-02"))
        stranger.send(own)
        own.sign()
        books.witness_all(other)
        assert stranger.complete(own).status_code == 200
    assert client.complete(stated).status_code == 200
    other.close()


@pytest.mark.parametrize(
    ("name", "role"),
    [("t-09", "station-tls"), ("t-01", REGISTRY_TLS), ("t-01", STATION_EVIDENCE), ("", ""), ("../t-01", "station-tls")],
)
def test_only_an_enrolled_station_is_answered(
    station: ReportingStation, books: UploadBooks, name: str, role: str
) -> None:
    stated = books.held(station, LEAF)
    with books.client(name, role) as client:
        for answer in (client.begin(stated.papers), client.put(stated, 1), client.complete(stated)):
            assert code_of(answer) == (403, "NOT_A_STATION")
    assert not books.vault.exists()


def spoiled_papers(stated: Stated) -> dict[str, tuple[Papers, str]]:
    papers = stated.papers
    own = AGENCY.station_evidence("t-01")
    elsewhere = Agency(AGENCY.name).station_evidence("t-01")
    tls = AGENCY.issue("station-tls", "t-01")

    def signed(statement: bytes, leaf: Leaf) -> Papers:
        return Papers(statement, leaf.sign(statement), leaf.pem)

    origin = papers.statement.replace(b"/t-01/1", b"/t-01/2")
    return {
        "signature": (Papers(papers.statement, papers.signature[:-1], LEAF.pem), "SIGNATURE_DOES_NOT_HOLD"),
        "other key": (Papers(papers.statement, papers.signature, own.pem), "SIGNATURE_DOES_NOT_HOLD"),
        "other certificate": (signed(papers.statement, own), "STATEMENT_OF_ANOTHER_CERTIFICATE"),
        "other ca": (signed(papers.statement, elsewhere), "CERTIFICATE_OF_ANOTHER_CA"),
        "other role": (signed(papers.statement, tls), "CERTIFICATE_OF_ANOTHER_ROLE"),
        "garbage": (signed(b"hello", LEAF), "STATEMENT_UNREADABLE"),
        "no certificate": (Papers(papers.statement, papers.signature, b""), "CERTIFICATE_UNREADABLE"),
        "other journal": (signed(origin, LEAF), "STATEMENT_OF_ANOTHER_JOURNAL"),
    }


def test_papers_that_do_not_hold_are_refused_with_their_reason(
    station: ReportingStation, books: UploadBooks, client: StationClient
) -> None:
    stated = books.held(station, LEAF)
    for name, (papers, code) in spoiled_papers(stated).items():
        assert code_of(client.begin(papers)) == (403, code), name
    for body in (b"", b"{}", b"[" * 100_000, b'{"statement":1}', b"\xff", b" " * 2_000_000):
        assert code_of(client.http.post("/api/v1/uploads", content=body)) == (403, "PAPERS_UNREADABLE")
    assert not books.vault.exists()


@pytest.mark.parametrize("path", ["/", "/docs", "/openapi.json", "/api/v1/uploads/", "/api/v1/uploads/x/parts/y"])
def test_nothing_else_is_answered(client: StationClient, path: str) -> None:
    assert client.http.get(path, follow_redirects=False).status_code in {307, 404, 405}


def test_what_the_vault_keeps_passes_the_independent_verifier(
    station: ReportingStation, books: UploadBooks, client: StationClient, tmp_path: Path
) -> None:
    stated = books.held(station, LEAF)
    client.send(stated)
    stated.sign()
    books.witness_all(station)
    assert client.complete(stated).status_code == 200
    (tmp_path / "ca.pem").write_bytes(AGENCY.ca_pem)
    folder = evidence_folder(books.vault, stated)
    assert main(["verify", str(folder), "--ca", str(tmp_path / "ca.pem")]) == 0
