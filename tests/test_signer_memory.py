"""Promise: the log key signs no head that contradicts one it signed, over any crash; docs/decisions/0014 says why."""

import contextlib
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from station.errors import RefusedError, WireFailedError
from station.journal.notes import Checkpoint, parse_checkpoint
from station.signer import FileKeys, create_file_keys
from station.signing.head_memory import HeadMemory
from station.signing.signer_wire import KeyUse, RemoteSigner
from station.uplink.journal_uplink import OVERDUE_MS
from tests.note_keys import HEAD
from tests.reporting_stations import NOW_S, Books, ReportingStation
from tests.signer_process import running_signer, socket_path
from tests.test_journal_uplink import LossyLine, Outbox

FARTHER = "LOG_ALREADY_FARTHER"


def head(size: int, root: bytes = HEAD.root, origin: str = HEAD.origin) -> Checkpoint:
    return Checkpoint(origin, size, root)


def refused(memory: HeadMemory, asked: Checkpoint) -> str:
    with pytest.raises(RefusedError) as error:
        memory.go_on_to(asked)
    return error.value.code


def test_a_smaller_head_and_another_of_the_same_size_are_refused(tmp_path: Path) -> None:
    memory = HeadMemory(tmp_path)
    memory.go_on_to(head(70))
    for again in (head(70), head(71), head(71)):
        memory.go_on_to(again)
    for asked in (head(70), head(0), head(71, bytes(32))):
        assert refused(memory, asked) == FARTHER
        assert refused(HeadMemory(tmp_path), asked) == FARTHER, "after a restart too"
    memory.go_on_to(head(72, bytes(32)))


def test_each_journal_is_remembered_for_itself(tmp_path: Path) -> None:
    memory = HeadMemory(tmp_path)
    memory.go_on_to(head(70))
    memory.go_on_to(head(3, origin="dockward/110105/st-2/2"))
    assert refused(memory, head(69)) == FARTHER
    assert refused(memory, head(2, origin="dockward/110105/st-2/2")) == FARTHER


@given(st.lists(st.tuples(st.integers(0, 6), st.sampled_from([b"a" * 32, b"b" * 32])), max_size=12))
def test_whatever_is_asked_the_signed_heads_are_those_of_one_growing_journal(
    tmp_path_factory: pytest.TempPathFactory, asked: list[tuple[int, bytes]]
) -> None:
    memory = HeadMemory(tmp_path_factory.mktemp("m"))
    signed: list[tuple[int, bytes]] = []
    for size, root in asked:
        try:
            memory.go_on_to(head(size, root))
        except RefusedError:
            assert signed
            assert (size, root) != signed[-1]
        else:
            signed.append((size, root))
    sizes = [size for size, _ in signed]
    assert sizes == sorted(sizes)
    assert len(set(signed)) == len(set(sizes)), "one root for each size"


@pytest.mark.parametrize(
    "content", [b"", b"\xff", b"dockward/x\n7\n", str(head(7, origin="other")).encode(), b"0" * 9_000]
)
def test_a_memory_that_cannot_be_read_stops_the_log_key_alone(tmp_path: Path, content: bytes) -> None:
    create_file_keys(tmp_path / "keys")
    memory = HeadMemory(tmp_path / "memory")
    memory.go_on_to(head(70))
    (path,) = (tmp_path / "memory").iterdir()
    path.write_bytes(content)
    assert refused(memory, head(71)) == "LOG_MEMORY_UNREADABLE"
    assert FileKeys(tmp_path / "keys", memory).sign(KeyUse.EVIDENCE, b"statement")
    path.unlink()
    memory.go_on_to(head(71))


def test_nothing_is_signed_before_it_is_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that takes nothing, then one that loses power right after the answer."""
    create_file_keys(tmp_path / "keys")
    keys = FileKeys(tmp_path / "keys", HeadMemory(tmp_path / "memory"))
    synced: list[int] = []
    sync = os.fsync

    def full(_: int) -> None:
        raise OSError(28, "no space left on device")

    def counted(descriptor: int) -> None:
        synced.append(descriptor)
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(WireFailedError):
        keys.sign(KeyUse.LOG, str(head(70)).encode())
    monkeypatch.setattr(os, "fsync", counted)
    assert keys.sign(KeyUse.LOG, str(head(60)).encode()), "what was not remembered binds nobody"
    assert len(synced) >= 2, "the file, then its folder"
    assert refused(HeadMemory(tmp_path / "memory"), head(59)) == FARTHER


def test_two_copies_of_a_journal_on_one_signer_are_noticed_over_the_wire(tmp_path: Path) -> None:
    create_file_keys(tmp_path / "keys")
    with socket_path() as path, running_signer(tmp_path / "keys", path, "--memory", str(tmp_path / "memory")):
        signer = RemoteSigner(path)
        assert signer.sign(KeyUse.LOG, str(head(70)).encode())
        for copy in (head(69), head(70, bytes(32))):
            with pytest.raises(RefusedError) as error:
                signer.sign(KeyUse.LOG, str(copy).encode())
            assert error.value.code == FARTHER
        (file,) = (tmp_path / "memory").iterdir()
        file.unlink()
        (tmp_path / "memory").rmdir()
        (tmp_path / "memory").write_text("no folder any more")
        with pytest.raises(WireFailedError, match="disk failed"):
            signer.sign(KeyUse.LOG, str(head(71)).encode())
        assert signer.sign(KeyUse.EVIDENCE, b"statement"), "it goes on"


class Remembering:
    """A log key behind the signer's memory, as the station's uplink has it."""

    def __init__(self, station: ReportingStation, folder: Path) -> None:
        self._secret = station.secret
        self._memory = HeadMemory(folder)

    def sign(self, text: bytes) -> bytes:
        self._memory.go_on_to(parse_checkpoint(text.decode()))
        return self._secret.sign(text)


class RememberingLine(LossyLine):
    """An honest station over any line, with power cuts between signing and keeping: it is refused nothing."""

    @initialize(seed=st.integers(0, 1 << 32))
    def begin(self, seed: int) -> None:
        super().begin(seed)
        secret = Remembering(self.station, Path(self.folder.name) / "memory")
        self.station.secret = secret  # type: ignore[assignment]  # signs, and that is all that is asked of it
        self.outbox.restart()

    @rule()
    def die_between_signing_and_keeping(self) -> None:
        def dying(text: bytes) -> bytes:
            self.station.secret.sign(text)
            raise WireFailedError("the power went")

        self.outbox.restart(dying)
        with contextlib.suppress(WireFailedError):
            self.outbox.batch()
        self.outbox.boot()


TestRememberingLine = RememberingLine.TestCase
TestRememberingLine.settings = settings(max_examples=max(1, settings().max_examples // 12), stateful_step_count=25)


def test_a_registry_that_has_less_than_it_had_gets_heads_that_were_signed_before(tmp_path: Path) -> None:
    station = ReportingStation(tmp_path / "station")
    books = Books(tmp_path / "registry", station)
    station.secret = Remembering(station, tmp_path / "memory")  # type: ignore[assignment]  # as above
    outbox = Outbox(station, books)
    told: list[bytes] = []
    for visits in (1, 3, 9, 2):
        station.live(visits)
        batch = outbox.batch()
        assert batch is not None
        cosigned = books.mirror.take("t-01", batch, NOW_S).cosigned
        told.append(str(cosigned).encode())
        assert outbox.uplink.cosigned(told[-1])
    station.live(5)
    for older in told:
        assert not outbox.uplink.cosigned(older), "nothing more is confirmed"
        assert outbox.batch() is not None
    outbox.wait(OVERDUE_MS)
    outbox.restart()
    assert outbox.batch() is not None
    outbox.wait(OVERDUE_MS)
    assert outbox.batch() is not None, "from the very beginning, where nothing is heard of it"
    outbox.close()
    station.close()
    books.close()


def test_a_restored_disk_is_refused_the_head_it_asks_for(tmp_path: Path) -> None:
    """It has fewer facts than were signed for; the uplink hears it by its code."""
    station = ReportingStation(tmp_path / "station")
    books = Books(tmp_path / "registry", station)
    station.live(2)
    HeadMemory(tmp_path / "memory").go_on_to(head(station.size + 1, origin=station.origin))
    secret = Remembering(station, tmp_path / "memory")
    with pytest.raises(RefusedError) as error:
        secret.sign(str(station.head()).encode())
    assert error.value.code == FARTHER
    station.close()
    books.close()
