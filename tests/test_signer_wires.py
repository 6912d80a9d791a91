"""Promise: whatever comes over its wire, the signer answers others; whatever it answers, the station is not misled."""

import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from station.errors import RefusedError, WireFailedError
from station.signer import create_file_keys
from station.signing.signer_wire import LENGTH_BYTES, MESSAGE_BYTES_MAX, Answer, KeyUse, Question, RemoteSigner, frame
from tests.signer_process import PATIENCE_SECONDS, answer_on, connected, framed, running_signer, socket_path

PUBLIC_KEY = framed(Question("public_key", KeyUse.LOG))


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("station") / "keys"
    create_file_keys(folder)
    with socket_path() as path, running_signer(folder, path):
        yield path


def ask(path: Path, *parts: bytes) -> Answer | None:
    with connected(path) as wire:
        for part in parts:
            wire.sendall(part)
        return answer_on(wire)


def others_are_answered(path: Path) -> bool:
    return len(RemoteSigner(path).public_key(KeyUse.LOG)) == 44


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"\x00",
        b"hello",
        b"null",
        b"[]",
        b"{}",
        b"[" * 100_000,
        b'{"ask":"public_key"}',
        b'{"ask":"private_key","use":"log"}',
        b'{"ask":"public_key","use":"root"}',
        b'{"ask":"public_key","use":"../log"}',
        b'{"ask":"sign","use":"log","message":"not base64"}',
        b'{"ask":"sign","use":"log","message":17}',
        b'{"ask":"sign","use":"log","message":"","path":"/etc/shadow"}',
        b'{"ask":"public_key","use":"log"} ' * 2,
    ],
    ids=lambda garbage: ascii(garbage[:40]),
)
def test_garbage_is_refused_and_others_are_answered(path: Path, garbage: bytes) -> None:
    assert ask(path, frame(garbage)) == Answer(refused="NOT_A_QUESTION")
    assert others_are_answered(path)


@pytest.mark.parametrize("garbage", [b"\xff", b'{"ask":"sign","use":"\xff"}', b'{"\xff":""}'], ids=ascii)
def test_a_question_that_is_no_text_stops_nobody(path: Path, garbage: bytes) -> None:
    assert ask(path, frame(garbage)) in (None, Answer(refused="NOT_A_QUESTION"))
    assert others_are_answered(path)


@pytest.mark.parametrize("length", [MESSAGE_BYTES_MAX * 2, 2**31, 2**32 - 1])
def test_an_oversized_question_is_not_waited_for(path: Path, length: int) -> None:
    assert ask(path, length.to_bytes(LENGTH_BYTES, "big")) is None
    assert ask(path, length.to_bytes(LENGTH_BYTES, "big") + b"[" * 1_000) is None
    with pytest.raises(WireFailedError):
        RemoteSigner(path).sign(KeyUse.EVIDENCE, bytes(MESSAGE_BYTES_MAX * 2))
    assert others_are_answered(path)


def test_a_question_that_comes_a_byte_at_a_time_is_answered(path: Path) -> None:
    answer = ask(path, *(PUBLIC_KEY[i : i + 1] for i in range(len(PUBLIC_KEY))))
    assert answer is not None
    assert answer.said == RemoteSigner(path).public_key(KeyUse.LOG)


@pytest.mark.parametrize("cut", range(0, len(PUBLIC_KEY), 5))
def test_a_question_that_was_cut_is_forgotten(path: Path, cut: int) -> None:
    with connected(path) as wire:
        wire.sendall(PUBLIC_KEY[:cut])
        wire.shutdown(socket.SHUT_WR)
        assert answer_on(wire) is None
    connected(path).close()
    assert others_are_answered(path)


def test_a_question_that_is_delayed_holds_up_nobody_and_is_answered(path: Path) -> None:
    with connected(path) as slow, connected(path) as silent:
        slow.sendall(PUBLIC_KEY[:7])
        assert all(others_are_answered(path) for _ in range(10))
        slow.sendall(PUBLIC_KEY[7:])
        answer = answer_on(slow)
        assert answer is not None
        assert len(answer.said) == 44
        assert silent.fileno() >= 0


def test_who_asks_and_leaves_without_listening_harms_nobody(path: Path) -> None:
    for _ in range(20):
        with connected(path) as wire:
            wire.sendall(framed(Question("sign", KeyUse.EVIDENCE, bytes(MESSAGE_BYTES_MAX))))
    assert others_are_answered(path)


def test_bad_wires_leave_nothing_in_the_log(tmp_path: Path) -> None:
    """Whoever can reach the socket could fill the disk with complaints."""
    create_file_keys(tmp_path / "keys")
    with socket_path() as path, running_signer(tmp_path / "keys", path, log=tmp_path / "log"):
        for said in (frame(b"hello"), b"\xff" * LENGTH_BYTES, PUBLIC_KEY[:9], b""):
            with connected(path) as wire:
                wire.sendall(said)
                wire.shutdown(socket.SHUT_WR)
                answer_on(wire)
        assert others_are_answered(path)
    assert (tmp_path / "log").read_bytes() == b""


def question_on(wire: socket.socket) -> Question:
    with wire.makefile("rb") as received:
        length = int.from_bytes(received.read(LENGTH_BYTES), "big")
        return msgspec.json.decode(received.read(length), type=Question)


@contextmanager
def false_signer(act: Callable[[socket.socket], None]) -> Iterator[RemoteSigner]:
    """Something on the socket that answers as `act` does, and a station that takes it for the signer."""
    with socket_path() as path, socket.socket(socket.AF_UNIX) as listening:
        listening.settimeout(PATIENCE_SECONDS)
        listening.bind(str(path))
        listening.listen()
        thread = threading.Thread(target=act, args=(listening,))
        thread.start()
        try:
            yield RemoteSigner(path)
        finally:
            thread.join(PATIENCE_SECONDS)
        assert not thread.is_alive()


def says(*parts: bytes) -> Callable[[socket.socket], None]:
    """Hears one question, and answers in these parts; then hangs up."""

    def act(listening: socket.socket) -> None:
        wire, _ = listening.accept()
        with wire:
            question_on(wire)
            for part in parts:
                wire.sendall(part)

    return act


ANSWER = frame(msgspec.json.encode(Answer(b"signature")))


def test_an_answer_that_comes_a_byte_at_a_time_is_heard() -> None:
    with false_signer(says(*(ANSWER[i : i + 1] for i in range(len(ANSWER))))) as signer:
        assert signer.sign(KeyUse.LOG, b"m") == b"signature"


@pytest.mark.parametrize("cut", range(len(ANSWER)))
def test_an_answer_that_was_cut_is_a_wire_that_failed(cut: int) -> None:
    with false_signer(says(ANSWER[:cut])) as signer, pytest.raises(WireFailedError, match="did not answer"):
        signer.sign(KeyUse.LOG, b"m")


def test_a_signer_that_hangs_up_at_once_is_a_wire_that_failed() -> None:
    def hang_up(listening: socket.socket) -> None:
        listening.accept()[0].close()

    with false_signer(hang_up) as signer, pytest.raises(WireFailedError, match="did not answer"):
        signer.sign(KeyUse.EVIDENCE, bytes(MESSAGE_BYTES_MAX))


def test_an_answer_that_is_delayed_goes_to_who_asked() -> None:
    """Two ask; who came first is answered last."""

    def answer_backwards(listening: socket.socket) -> None:
        wires = [listening.accept()[0] for _ in range(2)]
        for wire in reversed(wires):
            with wire:
                question = question_on(wire)
                wire.sendall(frame(msgspec.json.encode(Answer(b"signed " + question.message))))

    with false_signer(answer_backwards) as signer, ThreadPoolExecutor(2) as pool:
        answers = pool.map(lambda message: signer.sign(KeyUse.LOG, message), (b"a", b"b"))
        assert list(answers) == [b"signed a", b"signed b"]


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"hello",
        b"[]",
        b'{"said":17}',
        b'{"said":"not base64"}',
        b'{"said":"","more":1}',
        b'{"said":""}{}',
        b"[" * 100_000,
    ],
    ids=lambda answer: ascii(answer[:20]),
)
def test_an_answer_that_is_none_is_a_wire_that_failed(answer: bytes) -> None:
    with false_signer(says(frame(answer))) as signer, pytest.raises(WireFailedError, match="did not answer"):
        signer.public_key(KeyUse.LOG)


def test_an_endless_answer_is_not_waited_for() -> None:
    endless = (MESSAGE_BYTES_MAX + 1).to_bytes(LENGTH_BYTES, "big")
    with false_signer(says(endless)) as signer, pytest.raises(WireFailedError, match="262145 bytes"):
        signer.chain(KeyUse.EVIDENCE)


def test_a_refusal_is_passed_on_with_its_code() -> None:
    refusal = frame(msgspec.json.encode(Answer(refused="NO_SUCH_KEY")))
    with false_signer(says(refusal)) as signer, pytest.raises(RefusedError) as refused:
        signer.public_key(KeyUse.LOG)
    assert refused.value.code == "NO_SUCH_KEY"
