"""Promise: a stamp counts only where openssl takes it too, each signature is stamped once, and nobody waits for it."""

import errno
import os
import random
import sqlite3
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from asn1crypto import cms, tsp
from msgspec.structs import replace
from rfc3161_client import TimeStampRequest

from station.clock import Clock, ManualClock, SystemClock
from station.config import StampsConfig
from station.custody import observations as seen
from station.custody.acts import StampVerified
from station.custody.facts import Fact
from station.custody.facts_of_footage import StatementStamped
from station.custody.recording import RecordingStep
from station.durable import NoRoomError
from station.errors import RefusedError, WrongUseError
from station.journal.entries import read_entry
from station.journal.sqlite_log import connect_to_read
from station.signing.stamps import STAMP, checked_stamp, read_authority, stamp_request
from station.stamp import Stamp
from station.store import projections
from station.store.recordings import evidence_folder
from station.uplink import stamping
from station.uplink.stamping import Authority, Stamping
from tests import worlds
from tests.reporting_stations import ReportingStation
from tests.stamp_authority import Answering, StampAuthority, StampServer, send, serving, whole

SIGNATURE = b"0E\x02 a signature \x02!"
NOW = SystemClock(lambda: True)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> StampAuthority:
    return StampAuthority(tmp_path_factory.mktemp("tsa") / "real")


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> StampAuthority:
    return StampAuthority(tmp_path_factory.mktemp("tsa") / "other")


@pytest.fixture(scope="module")
def server(authority: StampAuthority) -> Iterator[StampServer]:
    with serving(honest(authority)) as server:
        yield server


def honest(authority: StampAuthority) -> Answering:
    return lambda question, to: send(to, authority.reply(question))


class Signed:
    """A station with signed recordings, each in another step of its life, and its stamping."""

    def __init__(self, folder: Path, server: StampServer, authority: StampAuthority, clock: Clock = NOW) -> None:
        self.data = folder / "data"
        self.station = ReportingStation(folder)
        self.path = folder / "t-01-journal.sqlite"
        self.clock = clock
        server.answering = honest(authority)
        server.asked.clear()
        self.server = server
        self.root = read_authority(authority.ca_pem)
        self.start()

    def start(self) -> None:
        """As after a restart: nothing is known but what is on the disk."""
        self.stamping = Stamping(
            Authority(self.server.url, self.root), self.next_unstamped, self.station.tell, self.data, self.clock
        )

    def next_unstamped(self, after: int) -> int | None:
        with closing(connect_to_read(self.path)) as connection:
            return projections.unstamped(connection, after)

    def sign(self, name: str, *, settle: bool = False) -> int:
        number = self.station.hold("a" * 64, 5, camera=name).n
        folder = evidence_folder(self.data, number)
        folder.mkdir(parents=True)
        (folder / "statement.sig").write_bytes(SIGNATURE + name.encode())
        self.station.state(number, "b" * 64)
        return self.settle(number) if settle else number

    def settle(self, number: int) -> int:
        tell, state = self.station.tell, self.station.clerk.state
        recording = state.recordings[number]
        docking = recording.docking
        tell(seen.ReceiptVerified(recording=number, receipt_sha256="c" * 64))
        tell(seen.CameraListed(docking=docking, listings=frozenset({recording.listing})))
        tell(seen.ClearingAsked(docking=docking))
        tell(seen.DeletionsListed(docking=docking, listings=frozenset()))
        assert number not in self.station.clerk.state.recordings, "it is settled, and not in memory any more"
        return number

    def stamped(self) -> list[int]:
        bodies = (read_entry(entry).body for entry in self.station.log.entries())
        return [body.recording for body in bodies if isinstance(body, StatementStamped)]

    def stamp_of(self, number: int) -> Path:
        return evidence_folder(self.data, number) / STAMP

    def row(self, number: int) -> sqlite3.Row | None:
        found: sqlite3.Row | None = self.station.clerk._connection.execute(
            "SELECT step, stamped FROM recordings WHERE number = ?", (number,)
        ).fetchone()
        return found


@pytest.fixture
def signed(tmp_path: Path, server: StampServer, authority: StampAuthority) -> Iterator[Signed]:
    signed = Signed(tmp_path, server, authority)
    yield signed
    signed.station.close()


def test_openssl_verifies_what_is_kept(signed: Signed, authority: StampAuthority, stranger: StampAuthority) -> None:
    number = signed.sign("C-1")
    assert signed.stamping.step() == 0
    signature, stamp = evidence_folder(signed.data, number) / "statement.sig", signed.stamp_of(number)
    assert authority.takes(signature, stamp)
    assert not stranger.takes(signature, stamp)
    signature.write_bytes(SIGNATURE)
    assert not authority.takes(signature, stamp)
    (fact,) = [read_entry(entry) for entry in signed.station.log.entries(signed.station.size - 1)]
    assert isinstance(fact.body, StatementStamped)
    shown = tsp.TimeStampResp.load(stamp.read_bytes())["time_stamp_token"]["content"]["encap_content_info"]
    assert shown["content"].parsed["gen_time"].native.timestamp() * 1000 == fact.body.stamped_ms


def test_the_oldest_comes_first_and_nothing_twice_over_restarts(signed: Signed, authority: StampAuthority) -> None:
    """Settled weeks ago or signed just now; the authority was away until then."""
    signed.server.answering = whole(b"", 503)
    numbers = [signed.sign("C-1", settle=True), signed.sign("C-2")]
    assert signed.stamping.step()
    numbers.append(signed.sign("C-3", settle=True))
    signed.server.answering = honest(authority)
    for _ in numbers:
        signed.start()
        assert signed.stamping.step() == 0
    signed.start()
    asked = len(signed.server.asked)
    assert signed.stamping.step() is None
    assert signed.stamped() == numbers
    assert len(signed.server.asked) == asked, "what the journal says is stamped is not asked for"


def forged(authority: StampAuthority, question: bytes, leaf: str, *words: str) -> bytes:
    """A genuine stamp's content, signed anew by openssl with another certificate of the same root."""
    folder = authority.folder
    response = tsp.TimeStampResp.load(authority.reply(question))
    content = response["time_stamp_token"]["content"]["encap_content_info"]["content"].parsed
    (folder / "content").write_bytes(content.dump())
    sign = ["openssl", "cms", "-sign", "-binary", "-nodetach", "-outform", "DER", "-out", "token", *words]
    sign += ["-econtent_type", "1.2.840.113549.1.9.16.1.4", "-in", "content"]
    subprocess.run(
        [*sign, "-signer", f"{leaf}.pem", "-inkey", f"{leaf}.key"], cwd=folder, capture_output=True, check=True
    )
    token = (folder / "token").read_bytes()
    answer: bytes = tsp.TimeStampResp(
        {"status": {"status": "granted"}, "time_stamp_token": cms.ContentInfo.load(token)}
    ).dump()
    return answer


Lie = Callable[[bytes, StampAuthority, StampAuthority], bytes]


def _rejected(question: bytes, authority: StampAuthority, _: StampAuthority) -> bytes:
    """Openssl's own refusal, of a digest it does not take."""
    return authority.reply(question.replace(bytes.fromhex("608648016503040201"), bytes.fromhex("608648016503040202")))


def _changed(question: bytes, authority: StampAuthority, _: StampAuthority) -> bytes:
    answer = bytearray(authority.reply(question))
    answer[-1] ^= 1
    return bytes(answer)


LIES: dict[str, tuple[str, Lie]] = {
    "another-imprint": (
        "STAMP_OF_SOMETHING_ELSE",
        lambda question, authority, _: authority.reply(question.replace(_imprint(question), bytes(32))),
    ),
    "another-nonce": (
        "STAMP_OF_SOMETHING_ELSE",
        lambda _, authority, __: authority.reply(stamp_request(SIGNATURE + b"C-1").as_bytes()),
    ),
    "another-root": ("STAMP_UNFIT", lambda question, _, stranger: stranger.reply(question)),
    "no-certificate-for-time-stamping": (
        "STAMP_UNFIT",
        lambda question, authority, _: forged(authority, question, "plain", "-cades"),
    ),
    "a-certificate-for-more-than-time-stamping": (
        "STAMP_UNFIT",
        lambda question, authority, _: forged(authority, question, "both", "-cades"),
    ),
    "what-is-signed-names-no-certificate": (
        "STAMP_UNFIT",
        lambda question, authority, _: forged(authority, question, "tsa"),
    ),
    "a-changed-signature": ("STAMP_UNFIT", _changed),
    "rejected": ("STAMP_NOT_GRANTED", _rejected),
    "a-byte-more": ("STAMP_UNREADABLE", lambda question, authority, _: authority.reply(question) + b"\0"),
    "half-of-it": ("STAMP_UNREADABLE", lambda question, authority, _: authority.reply(question)[:700]),
    "HTML": ("STAMP_UNREADABLE", lambda *_: b"<html><body>200 OK</body></html>"),
    "nothing": ("STAMP_UNREADABLE", lambda *_: b""),
}


def _imprint(question: bytes) -> bytes:
    imprint: bytes = tsp.TimeStampReq.load(question)["message_imprint"]["hashed_message"].native
    return imprint


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_is_named_and_neither_kept_nor_told(
    lie: str, signed: Signed, authority: StampAuthority, stranger: StampAuthority
) -> None:
    code, answer = LIES[lie]
    number = signed.sign("C-1")
    signed.server.answering = lambda question, to: send(to, answer(question, authority, stranger))
    pauses = [signed.stamping.step() for _ in range(2)]
    assert pauses == [stamping.FIRST_PAUSE_MS, 2 * stamping.FIRST_PAUSE_MS]
    assert signed.stamping.trouble == f"recording {number}: {code}"
    assert signed.stamped() == []
    assert not signed.stamp_of(number).exists()
    signed.server.answering = honest(authority)
    assert signed.stamping.step() == 0
    assert (signed.stamped(), signed.stamping.trouble) == ([number], "")


def test_a_stamp_of_what_a_forger_signs_is_what_openssl_would_take(authority: StampAuthority) -> None:
    """The forgeries above fail for what they are, and not because they are made otherwise."""
    question = stamp_request(SIGNATURE)
    made = forged(authority, question.as_bytes(), "tsa", "-cades")
    assert checked_stamp(made, question, read_authority(authority.ca_pem), None).answer == made


@pytest.mark.parametrize("ess", ["sha1", "sha256", "sha512"])
def test_authorities_may_name_their_certificate_by_any_usual_digest(authority: StampAuthority, ess: str) -> None:
    question = stamp_request(SIGNATURE)
    answer = authority.reply(question.as_bytes(), ess=ess)
    assert checked_stamp(answer, question, read_authority(authority.ca_pem), None).answer == answer


def test_a_time_that_cannot_be_is_refused_where_we_know_the_time(authority: StampAuthority) -> None:
    question, root = stamp_request(SIGNATURE), read_authority(authority.ca_pem)
    answer = authority.reply(question.as_bytes())
    at_ms = checked_stamp(answer, question, root, None).at_ms
    for apart_ms in (-300_000, 300_000):
        assert checked_stamp(answer, question, root, at_ms + apart_ms).at_ms == at_ms
    for apart_ms in (-300_001, 300_001):
        with pytest.raises(RefusedError) as refused:
            checked_stamp(answer, question, root, at_ms + apart_ms)
        assert refused.value.code == "STAMP_AT_ANOTHER_TIME"


def test_a_clock_that_does_not_know_the_time_refuses_none(
    tmp_path: Path, server: StampServer, authority: StampAuthority
) -> None:
    lost = ManualClock(Stamp(utc_ms=0, boot_id="b", boot_ms=0, synchronised=False))
    signed = Signed(tmp_path, server, authority, lost)
    number = signed.sign("C-1")
    assert signed.stamping.step() == 0
    assert signed.stamped() == [number]
    signed.station.close()


def _endless(_: bytes, to: BaseHTTPRequestHandler) -> None:
    to.send_response(200)
    to.end_headers()
    try:
        while True:
            to.wfile.write(b"\x30" * 4_096)
    except OSError:
        pass


def _dripping(released: threading.Event) -> Answering:
    def answer(_: bytes, to: BaseHTTPRequestHandler) -> None:
        to.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        try:
            for _byte in range(60):
                if released.wait(0.02):
                    return
                to.wfile.write(b"x")
            to.wfile.write(b"\r\nContent-Length: 0\r\n\r\n")
        except OSError:
            pass

    return answer


@pytest.mark.parametrize("status", [302, 404, 500])
def test_an_authority_that_is_away_keeps_the_order(signed: Signed, authority: StampAuthority, status: int) -> None:
    first, second = signed.sign("C-1", settle=True), signed.sign("C-2")
    signed.server.answering = whole(b"", status)
    pauses = [signed.stamping.step() or 0 for _ in range(2 * stamping.TRIES_IN_A_ROW)]
    assert pauses == sorted(set(pauses)), "longer each time"
    assert f"recording {first}" in signed.stamping.trouble
    assert str(status) in signed.stamping.trouble
    signed.server.answering = honest(authority)
    assert [signed.stamping.step(), signed.stamping.step(), signed.stamping.step()] == [0, 0, None]
    assert signed.stamped() == [first, second]


def test_tables_and_disks_that_cannot_be_read_are_named_and_asked_again(
    signed: Signed, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, real = signed.sign("C-1"), Path.exists

    def locked(_: int) -> int | None:
        raise sqlite3.OperationalError("disk I/O error")

    def failing(path: Path) -> bool:
        if path.is_relative_to(signed.data):
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return real(path)

    for name, owner, harm in (("_unstamped", signed.stamping, locked), ("exists", Path, failing)):
        with monkeypatch.context() as patch:
            patch.setattr(owner, name, harm)
            assert all(signed.stamping.step() for _ in range(stamping.TRIES_BEFORE_TROUBLE))
        assert "error" in signed.stamping.trouble
        signed.stamping.trouble = ""
    assert signed.stamping.step() == 0
    assert signed.stamped() == [number]


def test_pauses_end_at_an_hour(signed: Signed) -> None:
    signed.sign("C-1")
    signed.server.answering = whole(b"", 500)
    pauses = [signed.stamping.step() for _ in range(20)]
    assert max(pause for pause in pauses if pause is not None) == stamping.LONGEST_PAUSE_MS == pauses[-1]


def test_nobody_listens_and_that_is_named(signed: Signed) -> None:
    signed.sign("C-1")
    signed.stamping._authority = Authority("http://127.0.0.1:9/", signed.root)
    for _ in range(2):
        assert signed.stamping.step()
    assert "does not answer" in signed.stamping.trouble


@pytest.mark.parametrize("kind", ["endless", "dripping"])
def test_an_answer_without_end_is_not_waited_for(kind: str, signed: Signed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stamping, "_ANSWER_SECONDS_MAX", 10 if kind == "endless" else 0.3)
    signed.sign("C-1")
    released = threading.Event()
    signed.server.answering = _endless if kind == "endless" else _dripping(released)
    try:
        for _ in range(2):
            assert signed.stamping.step()
        assert ("no end" if kind == "endless" else "does not answer: TimeoutError") in signed.stamping.trouble
        assert signed.stamped() == []
    finally:
        released.set()


def test_one_that_cannot_be_stamped_stands_back_for_the_others(signed: Signed) -> None:
    bad, good = signed.sign("C-1"), signed.sign("C-2")
    lost = evidence_folder(signed.data, bad) / "statement.sig"
    lost.rename(lost.with_name("away"))
    assert all(signed.stamping.step() for _ in range(stamping.TRIES_IN_A_ROW))
    assert signed.stamping.step() == 0
    assert signed.stamped() == [good]
    assert signed.stamping.step() is None
    assert signed.stamping.trouble == f"recording {bad}: STATEMENT_SIGNATURE_MISSING"
    lost.with_name("away").rename(lost)
    signed.start()
    assert signed.stamping.step() == 0
    assert signed.stamped() == [good, bad]


def test_what_stands_back_is_tried_again_on_a_station_that_is_never_at_rest(signed: Signed) -> None:
    clock = ManualClock(Stamp(utc_ms=0, boot_id="b", boot_ms=0, synchronised=False))
    signed.clock = clock
    signed.start()
    bad = signed.sign("C-1")
    lost = evidence_folder(signed.data, bad) / "statement.sig"
    lost.rename(lost.with_name("away"))
    assert all(signed.stamping.step() for _ in range(stamping.TRIES_IN_A_ROW))
    lost.with_name("away").rename(lost)
    clock.advance(stamping.LONGEST_PAUSE_MS - 1)
    assert signed.stamping.step() is None
    clock.advance(1)
    assert signed.stamping.step() == 0
    assert signed.stamped() == [bad]


def test_what_is_settled_or_purged_is_looked_up_and_stamped_once(signed: Signed) -> None:
    """Settled weeks ago, with the authority away; a stamp that is told twice is one fact."""
    number = signed.sign("C-1", settle=True)
    told = StampVerified(recording=number, stamp_sha256="d" * 64, stamped_ms=1)
    (fact,) = signed.station.tell(told)
    assert signed.row(number) == (RecordingStep.SETTLED, fact.n)
    assert signed.station.tell(told) == ()
    assert number not in signed.station.clerk.state.recordings, "memory let it go again"
    assert signed.stamping.step() is None
    connection = signed.station.clerk._connection
    connection.execute("BEGIN")
    projections.rebuild(connection)
    connection.execute("COMMIT")
    assert signed.row(number) == (RecordingStep.SETTLED, fact.n)


def test_a_crash_between_the_file_and_the_fact_is_made_good(signed: Signed) -> None:
    number = signed.sign("C-1", settle=True)
    asked = len(signed.server.asked)

    def full(_: seen.Observation) -> tuple[Fact, ...]:
        raise NoRoomError("full")

    signed.stamping._tell = full
    assert signed.stamping.step()
    assert signed.stamp_of(number).exists()
    assert signed.stamped() == []
    signed.start()
    assert [signed.stamping.step(), signed.stamping.step()] == [0, None]
    assert signed.stamped() == [number]
    assert len(signed.server.asked) == asked + 2


def test_it_works_by_itself_until_it_is_stopped(
    signed: Signed, authority: StampAuthority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On its own thread, as a wire of the station: what is signed wakes it, and a bad answer only makes it wait."""
    monkeypatch.setattr(stamping, "FIRST_PAUSE_MS", 1)
    unsigned = signed.station.hold("a" * 64, 5, camera="C-0")
    told: list[seen.Observation] = []
    stamped = threading.Event()

    def tell(observation: seen.Observation) -> tuple[Fact, ...]:
        told.append(observation)
        waiting.clear()
        stamped.set()
        return ()

    waiting: list[int] = []
    signed.stamping._tell = tell
    signed.stamping._unstamped = lambda _: waiting[0] if waiting else None
    answers = iter([b"", None])

    def answering(question: bytes, to: BaseHTTPRequestHandler) -> None:
        lie = next(answers)
        send(to, authority.reply(question) if lie is None else lie)

    signed.server.answering = answering
    thread = threading.Thread(target=signed.stamping.run, daemon=True)
    thread.start()
    waiting.append(signed.sign("C-1"))
    signed.stamping.wake()
    came = stamped.wait(30)
    signed.stamping.stop()
    thread.join(30)
    assert came
    assert not thread.is_alive()
    assert [type(one) for one in told] == [StampVerified]
    assert not signed.stamp_of(unsigned.n).exists()


def test_a_station_stamps_what_it_signed_and_shows_what_keeps_it_from_it(
    tmp_path: Path, server: StampServer, authority: StampAuthority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole station: read and signed before the authority says its first true word."""
    config = worlds.config_of
    stamps = StampsConfig(url=server.url, ca=str(authority.folder / "ca.pem"))
    monkeypatch.setattr(worlds, "config_of", lambda *told, **named: replace(config(*told, **named), stamps=stamps))
    town = worlds.Town(tmp_path / "town", random.Random(1))
    (world,) = town.stations
    filmed_ms = worlds.MORNING.utc_ms - 3_600_000
    world.dock.film(town.cameras(world.name)[0], "DCIM/1.MP4", b"footage", filmed_ms, filmed_ms + 30_000)
    for _ in range(12):
        world.round()
    station = world.station
    (folder,) = Path(station.config.data).glob("evidence/*")
    assert station.stamping is not None
    server.answering = whole(b"<html>")
    assert all(station.stamping.step() for _ in range(2))
    assert station.status().troubles["时间戳 stamps"].startswith("时间戳服务受阻")
    server.answering = honest(authority)
    station.stamping._clock = NOW
    assert [station.stamping.step(), station.stamping.step()] == [0, None]
    assert "时间戳 stamps" not in station.status().troubles
    assert authority.takes(folder / "statement.sig", folder / STAMP)
    town.close()


@pytest.mark.parametrize("what", ["a leaf", "two roots", "no PEM", "nothing"])
def test_a_root_that_is_none_is_said_at_once(authority: StampAuthority, what: str) -> None:
    leaf = (authority.folder / "tsa.pem").read_bytes()
    wrong = {"a leaf": leaf, "two roots": authority.ca_pem * 2, "no PEM": b"\xff", "nothing": b""}[what]
    with pytest.raises(WrongUseError, match=r"stamps\.ca"):
        read_authority(wrong)


def test_every_question_has_a_nonce_of_its_own() -> None:
    questions: list[TimeStampRequest] = [stamp_request(SIGNATURE) for _ in range(20)]
    assert len({question.nonce for question in questions}) == 20
    assert all(question.cert_req for question in questions)
