"""Promise: a station believes no receipt it did not verify, and goes on with every upload after any cut."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from hashlib import sha256
from itertools import product
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.uploads import Papers, Receipted
from station.custody.recording import RecordingStep
from station.errors import DockwardError, NotYetError, RefusedError, WireFailedError
from station.signing.certificates import REGISTRY_EVIDENCE, REGISTRY_NAME, REGISTRY_TLS
from tests.agency import Agency
from tests.failing_registry import (
    NAMES,
    Fault,
    Forward,
    Lies,
    UploadingStation,
    instead_of_completing,
    sound,
)
from tests.reporting_stations import ReportingStation
from tests.uploading_stations import AGENCY, Stated, UploadBooks, state

LEAF = AGENCY.station_evidence("t-01")
TRIES = 6


class World:
    """One recording of three parts, signed for; `books` witnessed it, unless a test asks for otherwise."""

    def __init__(self, folder: Path, *, witnessed: bool = True, size: int = 2_500) -> None:
        self.station = ReportingStation(folder / "station")
        self.books = UploadBooks(folder / "registry", self.station)
        self.other: Stated = state(self.station, LEAF, 100, 40, seed="other")
        self.other_signed = self.other.sign()
        self.stated = state(self.station, LEAF, size)
        self.signed = self.stated.sign()
        if witnessed:
            self.books.witness_all(self.station)
        self.uploading = UploadingStation(folder / "disk", self.books, self.stated)
        self.line = self.uploading.line

    @property
    def lies(self) -> Lies:
        return Lies(self.stated, self.signed, self.books)

    def refused(self) -> DockwardError:
        """An attempt that fails, as the dispatcher can bear it, and is believed nothing of."""
        with pytest.raises(DockwardError) as failed:
            self.uploading.upload()
        self.nothing_is_believed()
        return failed.value

    def nothing_is_believed(self) -> None:
        assert self.uploading.accepted == []
        assert self.station.clerk.state.recordings[self.stated.held.n].step is RecordingStep.STATED
        assert not any((self.uploading.folder / name).exists() for name in NAMES)

    def arrives(self) -> None:
        """Over a sound line the recording arrives, however bad it was before; the receipt is kept, and is true."""
        self.line.fault = sound
        for _ in range(TRIES):
            try:
                self.uploading.upload()
            except (WireFailedError, RefusedError):
                continue
            break
        receipt, signature, certificate = (
            (self.uploading.folder / name).read_bytes() for name in ("receipt.json", "receipt.sig", "registry.pem")
        )
        papers = msgspec.json.encode(Receipted(receipt, signature, certificate))
        self.stated.check(papers, self.signed, self.books.witness_key)
        (accepted,) = self.uploading.accepted
        assert accepted.receipt_sha256 == sha256(receipt).hexdigest()
        assert (self.uploading.vaulted / "original").read_bytes() == self.stated.content
        asked = len(self.line.asked)
        self.uploading.upload()
        assert len(self.uploading.accepted) == 1
        assert len(self.line.asked) == asked, "what is received is not asked for again"

    def close(self) -> None:
        self.uploading.close()
        self.books.close()
        self.station.close()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.close()


def test_a_recording_goes_up_in_its_parts_once(world: World) -> None:
    world.arrives()
    puts = [asked for asked in world.line.asked if asked.startswith("PUT")]
    assert puts == [f"PUT /api/v1/uploads/{world.stated.id}/parts/{number}" for number in world.stated.numbers]


def test_an_empty_recording_goes_up_too(tmp_path: Path) -> None:
    world = World(tmp_path, size=0)
    world.arrives()
    world.close()


def test_nothing_is_sent_before_it_is_signed_for(tmp_path: Path, world: World) -> None:
    unsigned = state(world.station, LEAF, 10, seed="unsigned")
    uploading = UploadingStation(tmp_path / "more", world.books, unsigned)
    uploading.upload()
    uploading.uploads.upload(999)
    assert uploading.line.asked == []
    uploading.close()


# --- the line --------------------------------------------------------------------------------------------------


def cut_before(_request: httpx.Request, _forward: Forward) -> httpx.Response:
    raise httpx.ConnectError("no route")


def cut_in_the_middle(request: httpx.Request, forward: Forward) -> httpx.Response:
    """The registry gets half of it."""
    content = request.read()
    headers = {name: value for name, value in request.headers.items() if name != "content-length"}
    forward(httpx.Request(request.method, request.url, headers=headers, content=content[: len(content) // 2]))
    raise httpx.WriteError("connection reset")


def cut_after(request: httpx.Request, forward: Forward) -> httpx.Response:
    """Done, and nobody is told."""
    forward(request)
    raise httpx.ReadTimeout("timed out")


def one_bit_flips(request: httpx.Request, forward: Forward) -> httpx.Response:
    content = bytearray(request.read())
    if content:
        content[len(content) // 2] ^= 1
    return forward(httpx.Request(request.method, request.url, headers=request.headers, content=bytes(content)))


class Endless(httpx.SyncByteStream):
    def __iter__(self) -> Iterator[bytes]:
        while True:
            yield b" " * 65_536


class CutStream(httpx.SyncByteStream):
    def __iter__(self) -> Iterator[bytes]:
        yield b'{"id":'
        raise httpx.ReadError("connection reset")


def answers(status: int, content: bytes = b"", **headers: str) -> Fault:
    """Somebody answers, and does nothing."""

    def fault(_request: httpx.Request, _forward: Forward) -> httpx.Response:
        return httpx.Response(status, content=content, headers=headers)

    return fault


def streams(stream: type[httpx.SyncByteStream]) -> Fault:
    def fault(_request: httpx.Request, _forward: Forward) -> httpx.Response:
        return httpx.Response(200, stream=stream())

    return fault


FAULTS: dict[str, Fault] = {
    "cut before": cut_before,
    "cut in the middle": cut_in_the_middle,
    "cut after": cut_after,
    "one bit": one_bit_flips,
    "200 and drops": answers(200),
    "204": answers(204),
    "200 html": answers(200, b"<html>welcome to the hotel</html>"),
    "200 other json": answers(200, b'{"ok": true}'),
    "200 deep": answers(200, b"[" * 100_000),
    "200 not text": answers(200, b"\xff\xfe\x00"),
    "200 null": answers(200, b"null"),
    "200 bad gzip": answers(200, b"hello", **{"content-encoding": "gzip"}),
    "200 endless": streams(Endless),
    "200 cut": streams(CutStream),
    "302": answers(302, location="http://elsewhere/"),
    "403 html": answers(403, b"<html>"),
    "403": answers(403, b'{"code": "NOT_A_STATION", "detail": "x"}'),
    "404 bad code": answers(404, b'{"code": "not a code", "detail": "x"}'),
    "500": answers(500, b"Internal Server Error"),
    "500 code": answers(500, b'{"code": "VAULT_SPOILED", "detail": "x"}'),
    "503": answers(503, b'{"code": "ASK_AGAIN", "detail": "x"}'),
}


def only(what: str, fault: Fault) -> Fault:
    """The line is bent for one kind of question alone."""

    def chosen(request: httpx.Request, forward: Forward) -> httpx.Response:
        path = request.url.path
        kind = "complete" if path.endswith("/complete") else "offer" if path == "/api/v1/uploads" else "part"
        return fault(request, forward) if kind == what else forward(request)

    return chosen


WITHOUT_CONTENT = {("complete", "one bit"), ("complete", "cut in the middle")}
"""There is nothing to bend."""


@pytest.mark.parametrize(
    ("what", "name"),
    [pair for pair in product(("offer", "part", "complete"), FAULTS) if pair not in WITHOUT_CONTENT],
)
def test_whatever_the_line_does_it_is_believed_nothing_and_goes_on(world: World, what: str, name: str) -> None:
    world.line.fault = only(what, FAULTS[name])
    error = world.refused()
    assert str(error).strip()
    world.refused()
    world.arrives()


@settings(max_examples=25)
@given(st.data())
def test_faults_in_any_order_end_in_one_receipt(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    world = World(tmp_path_factory.mktemp("faults"))
    names = data.draw(st.lists(st.sampled_from(["sound", "sound", *FAULTS]), max_size=12))
    todo = iter(names)

    def fault(request: httpx.Request, forward: Forward) -> httpx.Response:
        name = next(todo, "sound")
        return FAULTS[name](request, forward) if name in FAULTS else forward(request)

    for _ in range(data.draw(st.integers(0, 4))):
        world.line.fault = fault
        try:
            world.uploading.upload()
        except DockwardError:
            world.nothing_is_believed()
    world.arrives()
    world.close()


def test_a_part_that_arrived_is_not_sent_again(world: World) -> None:
    """Cut at each part, one after another: each costs one question more, and no part goes twice."""
    for number in world.stated.numbers:
        kept = world.line.asked.count(f"PUT /api/v1/uploads/{world.stated.id}/parts/{number}")
        assert kept == 0
        world.line.fault = only("part", cut_after)
        world.refused()
    world.arrives()
    puts = [asked for asked in world.line.asked if asked.startswith("PUT")]
    assert len(puts) == len(set(puts)) == len(world.stated.numbers)


def test_killed_on_both_sides_at_each_part_it_goes_on_behind_the_last_one(world: World) -> None:
    """Both processes end in the middle of each part; what came whole before is not sent again."""
    for held in range(len(world.stated.numbers)):
        faults = iter([*[sound] * min(held, 1), cut_in_the_middle])
        world.line.fault = only("part", lambda request, forward, faults=faults: next(faults)(request, forward))  # type: ignore[misc]
        world.refused()
        world.books.restart()
        world.uploading.restart()
        parts = world.uploading.vaulted / "parts"
        assert sorted(int(path.name) for path in parts.iterdir()) == world.stated.numbers[:held]
    world.arrives()
    puts = [asked for asked in world.line.asked if asked.startswith("PUT")]
    assert len(puts) == 2 * len(world.stated.numbers), "each was cut once, and went whole once"


def test_until_the_journal_is_there_the_registry_is_asked_again(tmp_path: Path) -> None:
    world = World(tmp_path, witnessed=False)
    for _ in range(3):
        assert isinstance(world.refused(), NotYetError)
    world.books.witness_all(world.station)
    world.arrives()
    world.close()


def test_a_restarted_registry_goes_on_where_it_was(world: World) -> None:
    world.line.fault = only("complete", cut_before)
    world.refused()
    world.books.restart()
    asked = len(world.line.asked)
    world.arrives()
    assert not any(question.startswith("PUT") for question in world.line.asked[asked:])


# --- a registry that lies --------------------------------------------------------------------------------------


def test_a_vault_that_spoils_what_it_has_gives_no_receipt(world: World) -> None:
    """200 for each part; then a bit falls over on the registry's disk."""
    world.line.fault = only("complete", cut_before)
    world.refused()
    (part, *_) = sorted((world.uploading.vaulted / "parts").iterdir())
    content = bytearray(part.read_bytes())
    content[7] ^= 1
    part.write_bytes(content)
    world.line.fault = sound
    assert "PARTS_MISSING" in str(world.refused())
    world.arrives()


def accepted(request: httpx.Request, **part: Any) -> dict[str, Any]:
    """What the registry would say, with the address of the first part changed."""
    upload = sha256(msgspec.json.decode(request.read(), type=Papers).statement).hexdigest()[:32]
    first = {"number": 1, "method": "PUT", "url": f"/api/v1/uploads/{upload}/parts/1", "headers": {}} | part
    return {"id": upload, "parts": [first]}


@pytest.mark.parametrize(
    "part",
    [
        {"number": 0},
        {"number": 4},
        {"number": 2_048},
        {"number": 10**30},
        {"number": "1"},
        {"method": "DELETE"},
        {"method": "PUT\r\nx: y"},
        {"url": ""},
        {"url": "http://["},
        {"url": "http://registry:99999999/"},
        {"url": "http://:0/"},
        {"url": "ftp://registry/"},
        {"url": "javascript:alert(1)"},
        {"url": "/api/v1/uploads/../../x"},
        {"url": "//xn--/"},
        {"url": "http://\u2603.example/"},
        {"url": "/x\r\nx: y"},
        {"url": "x" * 1_000_000},
        {"headers": {"x": "\u2603"}},
        {"headers": {"\u2603": "x"}},
        {"headers": {"x": "y\r\nz: 1"}},
        {"headers": {"": "x"}},
        {"headers": {"content-length": "1"}},
        {"headers": {"Content-Length": "1"}},
        {"headers": {str(n): "x" for n in range(100)}},
        {"headers": []},
    ],
    ids=lambda part: json.dumps(part)[:40],
)
def test_an_address_that_makes_no_sense_harms_nobody(world: World, part: dict[str, Any]) -> None:
    def fault(request: httpx.Request, _forward: Forward) -> httpx.Response:
        return httpx.Response(200, json=accepted(request, **part))

    world.line.fault = only("offer", fault)
    world.refused()
    world.arrives()


@pytest.mark.parametrize("host", ["x..y", "a" * 70, "xn--a", "...", "127.0.0.1:1", "[::g]", "127.0.0.1:99999999"])
def test_a_host_that_is_none_harms_nobody(world: World, host: str) -> None:
    """Over a real wire: what resolves names has errors of its own."""
    with httpx.Client(trust_env=False) as http:
        over_a_wire = replace(world.uploading.uploads, registry=http)
        with pytest.raises(WireFailedError):
            over_a_wire._request("PUT", f"http://{host}/", content=b"x")


def test_a_registry_that_says_it_has_everything_is_not_believed(world: World) -> None:
    def fault(request: httpx.Request, forward: Forward) -> httpx.Response:
        forward(request)
        return httpx.Response(200, json=accepted(request) | {"parts": []})

    world.line.fault = only("offer", fault)
    assert "PARTS_MISSING" in str(world.refused())
    world.arrives()


Lie = Callable[[World], Receipted]


def flipped(content: bytes) -> bytes:
    return content[:-1] + bytes([content[-1] ^ 1])


def signed_badly(world: World) -> Receipted:
    answer = world.lies.answer()
    return Receipted(answer.receipt, flipped(answer.signature), answer.certificate)


def not_signed(world: World) -> Receipted:
    answer = world.lies.answer()
    return Receipted(answer.receipt, b"", answer.certificate)


def altered(world: World) -> Receipted:
    answer = world.lies.answer()
    return Receipted(answer.receipt.replace(b"2026", b"2027"), answer.signature, answer.certificate)


def by_the_station_itself(world: World) -> Receipted:
    return world.lies.answer(leaf=LEAF)


def by_its_tls_key(world: World) -> Receipted:
    return world.lies.answer(leaf=AGENCY.issue(REGISTRY_TLS, REGISTRY_NAME))


def by_another_agency(world: World) -> Receipted:
    return world.lies.answer(leaf=Agency(AGENCY.name).issue(REGISTRY_EVIDENCE, REGISTRY_NAME))


def with_another_certificate(world: World) -> Receipted:
    answer = world.lies.answer()
    return Receipted(answer.receipt, answer.signature, AGENCY.registry_evidence().pem)


def without_a_certificate(world: World) -> Receipted:
    answer = world.lies.answer()
    return Receipted(answer.receipt, answer.signature, b"hello")


def of_another_recording(world: World) -> Receipted:
    """A true receipt, of another recording of this station."""
    return Lies(world.other, world.other_signed, world.books).answer()


def of_another_origin(world: World) -> Receipted:
    return world.lies.answer(msgspec.structs.replace(world.lies.receipt(), origin="dockward/640100/t-01/2"))


def of_another_station(world: World) -> Receipted:
    return world.lies.answer(msgspec.structs.replace(world.lies.receipt(), station="t-02"))


def of_another_fact(world: World) -> Receipted:
    return world.lies.answer(msgspec.structs.replace(world.lies.receipt(), stated=world.other_signed))


def of_another_size(world: World) -> Receipted:
    return world.lies.answer(msgspec.structs.replace(world.lies.receipt(), size_bytes=1))


def not_witnessed(world: World) -> Receipted:
    return world.lies.answer(world.lies.receipt(checkpoint=str(world.station.note())))


def witnessed_too_early(world: World) -> Receipted:
    other = UploadBooks(world.books.folder / "again", world.station)
    answer = other.mirror.take("t-01", world.station.batch(0, world.signed), 1)
    other.close()
    return world.lies.answer(world.lies.receipt(checkpoint=str(answer.cosigned)))


def without_a_note(world: World) -> Receipted:
    return world.lies.answer(world.lies.receipt(checkpoint="hello"))


def nothing_at_all(_: World) -> Receipted:
    return Receipted(b"", b"", b"")


LIES: tuple[Lie, ...] = (
    signed_badly,
    not_signed,
    altered,
    by_the_station_itself,
    by_its_tls_key,
    by_another_agency,
    with_another_certificate,
    without_a_certificate,
    of_another_recording,
    of_another_origin,
    of_another_station,
    of_another_fact,
    of_another_size,
    not_witnessed,
    witnessed_too_early,
    without_a_note,
    nothing_at_all,
)


@pytest.mark.parametrize("lie", LIES, ids=lambda lie: lie.__name__)
def test_a_receipt_that_does_not_hold_counts_for_nothing(world: World, lie: Lie) -> None:
    world.line.fault = instead_of_completing(lie(world))
    assert isinstance(world.refused(), RefusedError)
    world.arrives()


def test_the_receipt_that_the_lies_are_made_of_would_hold(world: World) -> None:
    """Else the tests before this one would show nothing."""
    world.line.fault = instead_of_completing(world.lies.answer())
    world.uploading.upload()
    assert len(world.uploading.accepted) == 1


# --- our own disk ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["original", "statement.json", "statement.sig", "signer.pem"])
def test_a_file_that_is_gone_is_a_trouble_of_this_recording(world: World, name: str) -> None:
    path = world.uploading.folder / name
    path.rename(path.with_suffix(".away"))
    assert "disk" in str(world.refused())
    path.with_suffix(".away").rename(path)
    world.arrives()


@pytest.mark.parametrize("name", ["original", "statement.json", "statement.sig", "signer.pem"])
@pytest.mark.parametrize(
    "spoil",
    [lambda content: flipped(content[:-9]) + content[-9:], lambda content: content[:-9], lambda _: b""],
    ids=["bit", "short", "empty"],
)
def test_a_file_that_was_altered_is_taken_by_nobody(world: World, name: str, spoil: Callable[[bytes], bytes]) -> None:
    path = world.uploading.folder / name
    content = path.read_bytes()
    path.write_bytes(spoil(content))
    world.refused()
    path.write_bytes(content)
    world.arrives()


@pytest.mark.parametrize("ends", ["deadline", "stop"])
def test_a_registry_that_drips_is_not_waited_for(world: World, ends: str) -> None:
    """Neither beyond its time, nor by a station that goes down."""
    dripped = 0

    def drip() -> Iterator[bytes]:
        nonlocal dripped
        while True:
            dripped += 1
            assert dripped < 100, "it is waited for"
            world.uploading.clock.advance(29_000 if ends == "deadline" else 0)
            if ends == "stop":
                world.uploading.uploads.recordings.stop()
            yield b" "

    world.uploading.line.fault = lambda *_: httpx.Response(200, content=drip())
    with pytest.raises(WireFailedError, match="too long" if ends == "deadline" else "going down"):
        world.uploading.upload()


def test_a_receipt_that_came_another_way_meanwhile_is_the_one_that_stays(world: World) -> None:
    uploading = world.uploading

    def meanwhile(request: httpx.Request, forward: Forward) -> httpx.Response:
        answer = forward(request)
        if request.url.path.endswith("/complete"):
            uploading.line.fault = sound
            uploading.upload()
            (uploading.folder / "receipt.json").write_bytes(b"the journal cites this one")
        return answer

    uploading.line.fault = meanwhile
    uploading.upload()
    assert len(uploading.accepted) == 1
    assert (uploading.folder / "receipt.json").read_bytes() == b"the journal cites this one"


def test_a_receipt_that_could_not_be_kept_is_not_told(world: World) -> None:
    (world.uploading.folder / "receipt.json").mkdir()
    with pytest.raises(WireFailedError, match="disk"):
        world.uploading.upload()
    assert world.uploading.accepted == []
    (world.uploading.folder / "receipt.json").rmdir()
    world.arrives()
