"""Promise: our host speaks Modbus as others do: to a server that is not ours it reads and writes what its map says."""

import contextlib
import re
import subprocess
from collections.abc import Iterator

import pytest

from hardware.serial_bays import SerialBays, open_line
from hardware.wires import ForbiddenError
from tests.modbus_peer import LOOK, MEASURED, peer

LOOKS_MAX = 40


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with peer() as url:
        yield url


@pytest.fixture
def bays(url: str) -> Iterator[SerialBays]:
    with contextlib.closing(SerialBays(open_line(url))) as bays:
        yield bays


def mbpoll(url: str, words: str) -> list[int]:
    """What a third party (libmodbus) reads of the server."""
    command = f"mbpoll -m rtu -a 1 -b 19200 -P none -s 2 -0 -1 -o 1 {words} {url}".split()
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [int(value) for value in re.findall(r"^\[\d+\]:\s+(\d+)", done.stdout, re.MULTILINE)]


def test_what_an_independent_server_has_is_seen(bays: SerialBays) -> None:
    for _ in range(LOOKS_MAX):
        seen = bays.look([1])[1]
        if seen.measured:
            break
    assert [slot for slot in range(8) if seen.present[slot]] == [2, 7]
    assert [slot for slot in range(8) if seen.charging[slot]] == [0, 3]
    assert [slot for slot in range(8) if seen.cut[slot]] == [4]
    assert [slot for slot in range(8) if seen.unlocked[slot]] == [6]
    assert seen.lamps == (1, 2, 0, 15, 3, 0, 0, 8)
    first, last = seen.measured[0], seen.measured[7]
    assert first[:5] == (MEASURED[0], MEASURED[1], MEASURED[2], MEASURED[3] << 16 | MEASURED[4], 1 << 16 | 2)
    assert (first.cut_number, first.cut_for, last.cut_for) == (MEASURED[6], MEASURED[7], MEASURED[63])


def test_what_is_written_is_where_an_independent_server_has_it(url: str) -> None:
    with contextlib.closing(SerialBays(open_line(url))) as bays:
        assert 1 in bays.look([1])
        bays.charge(1, 3, on=True)
        bays.charge(1, 5, on=True)
        bays.charge(1, 5, on=False)
        bays.unlock(1, 6, unlocked=True)
        bays.light(1, 7, 9)
        bays.acknowledge(1, 2, 4_711)
        assert 1 in bays.look([1])
    assert mbpoll(url, "-t 0 -r 0 -c 16") == [int(place in (3, 14)) for place in range(16)]
    holding = mbpoll(url, "-t 4 -r 0 -c 23")
    assert holding[:9] == [10, 0, 0, 0, 0, 0, 0, 0, 9]
    assert holding[9:17] == [101, 102, 4_711, 104, 105, 106, 107, 108]
    assert holding[17:22] == LOOK
    assert holding[22] == 2, "the number of the second look"


def test_what_an_independent_server_refuses_is_named(bays: SerialBays) -> None:
    with pytest.raises(ForbiddenError, match=r"bay board 1 refused with 2; see docs/bay-bus\.md"):
        bays.charge(1, 16, on=True)
    with pytest.raises(ForbiddenError, match="bay board 2 does not know its switches yet; ask again"):
        bays.light(2, 0, 1)
    for _ in range(3):
        assert set(bays.look([1, 2, 3, 4])) == {1}, "one is busy, one has another map, one lacks what is asked"
