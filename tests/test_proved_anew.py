"""Promise: before anything is done that cannot be undone, the registry reads back what it holds and says so anew."""

import errno
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from registry import api, vault
from registry.api import create_api
from registry.uploads import Receipted, Registrar, Uploads
from station.errors import DockwardError, NotYetError, RefusedError, WireFailedError
from station.signing import statements
from station.signing.receipts import Receipt
from tests.failing_registry import Fault, Forward, Lies, UploadingStation
from tests.linked_stations import wait_until
from tests.reporting_stations import ReportingStation
from tests.stations import START
from tests.uploading_stations import AGENCY, LeafSigner, UploadBooks, code_of, state, told_peer

LEAF = AGENCY.station_evidence("t-01")
HOUR_MS = 3_600_000
PROVED = ("proved.json", "proved.sig", "proved.pem")


class World:
    """A recording that the registry received; its clock goes on by an hour before each question."""

    def __init__(self, folder: Path) -> None:
        self.station = ReportingStation(folder / "station")
        self.books = UploadBooks(folder / "registry", self.station)
        self.now_ms = START.utc_ms
        self.books.uploads.close()
        registrar = Registrar("测试平台", LeafSigner(self.books.registry_leaf), AGENCY.ca_pem, lambda: self.now_ms)
        books = self.books
        books.uploads = Uploads(books.vault, books.enrolments, books.ledger, books.mirror, registrar)
        books.api = create_api(books.uploads, books.enrolments, told_peer)
        self.stated = state(self.station, LEAF)
        self.signed = self.stated.sign()
        self.books.witness_all(self.station)
        self.uploading = UploadingStation(folder / "disk", self.books, self.stated)
        self.uploading.upload()
        self.first = self.kept("receipt.json")

    def proved(self) -> str:
        self.wait()
        return self.uploading.uploads.proved_anew(self.stated.held.n)

    def wait(self, ms: int = HOUR_MS) -> None:
        self.now_ms += ms
        self.uploading.clock.advance(ms)

    def kept(self, name: str) -> bytes:
        return (self.uploading.folder / name).read_bytes()

    def receipt(self) -> Receipt:
        return self.stated.check(
            msgspec.json.encode(Receipted(*map(self.kept, PROVED))), self.signed, self.books.witness_key
        )

    def refused(self) -> DockwardError:
        before = {path.name: path.read_bytes() for path in self.uploading.folder.iterdir()}
        with pytest.raises(DockwardError) as failed:
            self.proved()
        assert {path.name: path.read_bytes() for path in self.uploading.folder.iterdir()} == before
        return failed.value

    def close(self) -> None:
        self.uploading.close()
        self.books.close()
        self.station.close()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.close()


def test_a_fresh_receipt_says_when_and_the_first_stays_what_the_journal_cites(world: World) -> None:
    digest = world.proved()
    assert digest == sha256(world.kept("proved.json")).hexdigest()
    assert world.kept("receipt.json") == world.first
    assert world.uploading.accepted[0].receipt_sha256 == sha256(world.first).hexdigest()
    first = world.receipt().received_at
    assert world.proved() != digest
    assert world.receipt().received_at > first > msgspec.json.decode(world.first)["received_at"]
    assert world.books.codes() == []


def spoil(original: Path) -> None:
    original.chmod(0o644)
    content = bytearray(original.read_bytes())
    content[len(content) // 2] ^= 1
    original.write_bytes(bytes(content))


def shorten(original: Path) -> None:
    original.chmod(0o644)
    os.truncate(original, 2_499)


def lose(original: Path) -> None:
    original.parent.chmod(0o755)
    original.unlink()


@pytest.mark.parametrize(
    ("harm", "code"),
    [(spoil, "VAULT_SPOILED"), (shorten, "VAULT_SPOILED"), (lose, "VAULT_LOST")],
    ids=["bit", "short", "gone"],
)
def test_a_vault_that_lost_or_spoiled_it_gives_no_receipt_and_raises_the_alarm(
    world: World, harm: Callable[[Path], None], code: str
) -> None:
    harm(world.uploading.vaulted / "original")
    assert code in str(world.refused())
    world.refused()
    (alarm,) = world.books.alarms()
    assert (alarm.station, alarm.code) == ("t-01", code)
    assert world.books.uploads._unheard == {}, "what was heard is not said again"
    assert str(world.stated.held.n) in alarm.theirs


def test_a_whole_vault_that_is_gone_is_noticed(world: World) -> None:
    shutil.rmtree(world.books.vault / "t-01")
    assert "VAULT_LOST" in str(world.refused())


def test_a_disk_that_cannot_be_read_is_no_proof(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreadable(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(vault, "part_digests", unreadable)
    assert "VAULT_UNREADABLE" in str(world.refused())
    assert world.books.codes() == ["VAULT_UNREADABLE"]


def forgetting(real: Callable[..., None], name: str) -> Callable[[int, int, int, int], None]:
    """The disk took the write and lost it: who drops the page cache sees that."""

    def advise(descriptor: int, offset: int, count: int, advice: int) -> None:
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        if advice == os.POSIX_FADV_DONTNEED and path.name == name:
            spoil(path)
        real(descriptor, offset, count, advice)

    return advise


def test_what_is_proved_is_what_the_disk_has_and_not_what_is_remembered_of_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "posix_fadvise", forgetting(os.posix_fadvise, "original"))
    assert "VAULT_SPOILED" in str(world.refused())


def test_no_first_receipt_is_given_for_what_only_the_page_cache_has(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = state(world.station, LEAF, seed="other")
    other.sign()
    world.books.witness_all(world.station)
    with world.books.client() as client:
        client.send(other)
        with monkeypatch.context() as lying:
            lying.setattr(os, "posix_fadvise", forgetting(os.posix_fadvise, "original"))
            status, code = code_of(client.complete(other))
        assert (status, code) in {(409, "PARTS_MISSING"), (403, "STATEMENT_CONTRADICTS_ITSELF")}
        client.send(other)
        assert client.complete(other).status_code == 200


def test_only_what_was_received_is_proved_anew(world: World) -> None:
    with world.books.client() as client:
        other = state(world.station, LEAF, seed="other")
        other.sign()
        world.books.witness_all(world.station)
        client.send(other)
        asked = client.http.post(f"/api/v1/uploads/{other.id}/prove")
        assert code_of(asked) == (409, "NOT_RECEIPTED_YET")
        assert code_of(client.http.post("/api/v1/uploads/0/prove")) == (404, "NO_SUCH_UPLOAD")
    with pytest.raises(RefusedError, match="NOTHING_TO_PROVE_ANEW"):
        world.uploading.uploads.proved_anew(other.held.n)
    with pytest.raises(RefusedError, match="NOTHING_TO_PROVE_ANEW"):
        world.uploading.uploads.proved_anew(999)


def test_what_is_received_is_not_asked_for_again(world: World) -> None:
    """A vault that lost it does not take it for an upload that never came: a person must look."""
    lose(world.uploading.vaulted / "original")
    with world.books.client() as client:
        assert client.missing(world.stated) == []


def test_what_takes_longer_to_read_than_anybody_waits_is_there_for_the_next_question(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And is read once: it would never end else."""
    reads: list[int] = []
    go_on = threading.Event()
    digests = statements.part_digests

    def slow(*parts: Any) -> Any:
        reads.append(1)
        assert go_on.wait(60)
        return digests(*parts)

    monkeypatch.setattr(vault, "part_digests", slow)
    monkeypatch.setattr(api, "_PROOF_SECONDS_MAX", 0)
    for _ in range(2):
        with pytest.raises(NotYetError):
            world.proved()
    go_on.set()
    wait_until(lambda: not world.books.uploads._claims._held)
    digest = world.uploading.uploads.proved_anew(world.stated.held.n)
    assert (len(reads), digest) == (1, sha256(world.kept("proved.json")).hexdigest())
    monkeypatch.undo()
    assert world.proved() != digest, "what was heard is not said again"


# --- who lies --------------------------------------------------------------------------------------------------


def answering(answer: Callable[[], Receipted]) -> Fault:
    def fault(request: httpx.Request, forward: Forward) -> httpx.Response:
        if request.url.path.endswith("/prove"):
            return httpx.Response(200, content=msgspec.json.encode(answer()))
        return forward(request)

    return fault


def test_the_first_receipt_said_again_proves_nothing_anew(world: World) -> None:
    """Not even to a station that does not know the time."""
    names = ("receipt.json", "receipt.sig", "registry.pem")
    world.uploading.clock._now = msgspec.structs.replace(START, synchronised=False)
    world.uploading.line.fault = answering(lambda: Receipted(*map(world.kept, names)))
    assert "PROOF_IS_OLD" in str(world.refused())


def test_an_older_proof_said_again_proves_nothing_anew(world: World) -> None:
    world.proved()
    old = Receipted(*map(world.kept, PROVED))
    world.uploading.line.fault = answering(lambda: old)
    assert "PROOF_IS_OLD" in str(world.refused())


def test_a_proof_that_was_made_long_before_it_was_asked_for_is_none(world: World) -> None:
    lies = Lies(world.stated, world.signed, world.books)
    early = lies.answer(msgspec.structs.replace(lies.receipt(), received_at="2026-11-21T08:30:00.001Z"))
    world.wait(48 * HOUR_MS)
    world.uploading.line.fault = answering(lambda: early)
    assert isinstance(world.refused(), RefusedError)


@pytest.mark.parametrize("what", ["flipped", "unsigned", "another agency", "another recording"])
def test_a_proof_that_does_not_hold_is_none(world: World, what: str) -> None:
    lies = Lies(world.stated, world.signed, world.books)
    answer = lies.answer()
    world.wait()
    bent = {
        "flipped": Receipted(answer.receipt.replace(b"t-01", b"t-02", 1), answer.signature, answer.certificate),
        "unsigned": Receipted(answer.receipt, b"", answer.certificate),
        "another agency": lies.answer(leaf=type(AGENCY)("elsewhere").registry_evidence()),
        "another recording": lies.answer(msgspec.structs.replace(lies.receipt(), recording=1)),
    }[what]
    world.uploading.line.fault = answering(lambda: bent)
    assert isinstance(world.refused(), RefusedError)


class Endless(httpx.SyncByteStream):
    def __iter__(self) -> Iterator[bytes]:
        while True:
            yield b" " * 65_536


@pytest.mark.parametrize("how", ["drops", "endless", "late", "html", "asks to wait"])
def test_whatever_else_is_answered_is_no_proof(world: World, how: str) -> None:
    def fault(request: httpx.Request, forward: Forward) -> httpx.Response:
        if not request.url.path.endswith("/prove"):
            return forward(request)
        match how:
            case "drops":
                return httpx.Response(200)
            case "endless":
                return httpx.Response(200, stream=Endless())
            case "late":
                raise httpx.ReadTimeout("timed out")
            case "html":
                return httpx.Response(200, content=b"<html>")
            case _:
                return httpx.Response(202, content=b'{"code": "BEING_PROVED", "detail": ""}')

    world.uploading.line.fault = fault
    assert isinstance(world.refused(), WireFailedError)
    world.uploading.line.fault = lambda request, forward: forward(request)
    world.proved()


def test_a_proof_that_cannot_be_kept_is_none(world: World) -> None:
    (world.uploading.folder / "proved.json").mkdir()
    with pytest.raises(WireFailedError, match="disk"):
        world.proved()
