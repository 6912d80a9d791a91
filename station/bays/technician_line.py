"""What a technician's command and the station say to each other: one question, one answer, each a line of JSON.

Speaks only to whoever runs on this machine, over a Unix socket; the station decides who may ask. Opens no camera.
"""

import socket
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from hardware.wires import CardSpace, Colour, Cut, ListedFile
from station.bays.battery_word import BatteryReport
from station.bays.clock_offset import ClockOffset
from station.bays.technician_steps import Step
from station.errors import WireFailedError

QUESTION_BYTES_MAX = 4_096
ANSWER_BYTES_MAX = 64 * 1024 * 1024
"""A full camera lists some ten thousand files."""
PATIENCE_SECONDS = 600
_CHUNK_BYTES = 65_536


class Act(StrEnum):
    """What a technician may do here. What is not in the list cannot be asked for."""

    IDENTIFY = "identify"
    LS = "ls"
    CLOCK = "clock"
    SET_CLOCK = "set_clock"
    MAY_ERASE = "may_erase"
    """Says what an order would be; asks no camera and changes nothing."""
    ERASE = "erase"
    BAYS = "bays"
    """Says how every bay is; asks no wire and changes nothing."""
    BAY_TEST = "bay_test"
    COURIER_HEADS = "courier_heads"
    """Signs what a courier is to carry of the journal; asks no wire."""
    COURIER_TAKE = "courier_take"
    """Takes the answers that a courier brought."""


EVERY_BAY = "*"
"""In the place of a bay, where an act is about all of them, or about none."""


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    act: Act
    at: Annotated[str, Meta(min_length=1, max_length=256)]
    """A bay, or its place on the USB tree; EVERY_BAY."""


class Identified(msgspec.Struct, frozen=True, tag=True):
    serial: str
    model: str
    battery_percent: int | None
    cards: tuple[CardSpace, ...]


class Listed(msgspec.Struct, frozen=True, tag=True):
    serial: str
    files: tuple[ListedFile, ...]


class ClockTold(msgspec.Struct, frozen=True, tag=True):
    """`before` is None where the camera tells no time; `after` where nothing was set."""

    serial: str
    before: ClockOffset | None
    after: ClockOffset | None = None


class Kept(msgspec.Struct, frozen=True):
    """A recording that stays on the camera, by its number in the journal, and why."""

    recording: int
    reason: str


class Erasing(msgspec.Struct, frozen=True, tag=True):
    """`ordered` the station deletes and then proves to be gone; `clearable` it would order deleted."""

    camera: str | None
    ordered: tuple[int, ...]
    clearable: tuple[int, ...]
    kept: tuple[Kept, ...]


class BayTold(msgspec.Struct, frozen=True, kw_only=True):
    """One bay. None is what nobody said yet, or what it does not have."""

    bay: str
    wired: str
    """Board and slot, or pins."""
    usb: str
    on_usb: bool
    answers: bool
    present: bool | None = None
    locked: bool | None = None
    charging: bool | None = None
    why: str | None = None
    """Why it charges, or does not."""
    millivolts: int | None = None
    milliamperes: int | None = None
    centidegrees: int | None = None
    charge_mah: int | None = None
    cut: Cut | None = None
    key_turned: bool | None = None
    lamp: Colour | None = None
    battery: BatteryReport | None = None
    trouble: str = ""
    part: str | None = None
    symptom: str = ""
    advice: str = ""
    """What its self-test says; no symptom where nothing is known to be wrong."""


class BaysTold(msgspec.Struct, frozen=True, tag=True):
    bays: tuple[BayTold, ...]


class BayTestTold(msgspec.Struct, frozen=True, tag=True):
    bay: str
    steps: tuple[Step, ...]


class HeadsSigned(msgspec.Struct, frozen=True, tag=True):
    """Up to so many facts can be carried."""

    size: int


class CourierTaken(msgspec.Struct, frozen=True, tag=True):
    """Recordings whose receipts counted, those that had one before, and those whose receipt did not hold."""

    receipted: tuple[int, ...]
    known: tuple[int, ...]
    refused: tuple[tuple[int, str], ...]
    delivered: int
    """So many facts the registry has cosigned."""


Said = Identified | Listed | ClockTold | Erasing | BaysTold | BayTestTold | HeadsSigned | CourierTaken


class Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """`refused` says why nothing was said."""

    said: Said | None = None
    refused: str = ""


_READER = msgspec.json.Decoder(Answer)


def line_of(message: Question | Answer) -> bytes:
    return msgspec.json.encode(message) + b"\n"


def ask(path: Path, question: Question) -> Said:
    """What the station at this socket says, or WireFailedError with what to do next."""
    try:
        with socket.socket(socket.AF_UNIX) as wire:
            wire.settimeout(PATIENCE_SECONDS)
            wire.connect(str(path))
            wire.sendall(line_of(question))
            answer = _READER.decode(_line_from(wire))
    except PermissionError as error:
        raise WireFailedError(f"无权操作 / {path}: you may not act on cameras here; 请用 sudo / use sudo") from error
    except (FileNotFoundError, ConnectionRefusedError) as error:
        raise WireFailedError(
            f"采集站未运行 / no station answers at {path}; 请启动 / start it: systemctl start dockward-station"
        ) from error
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise WireFailedError(
            f"采集站未答复 / the station did not answer: {error}; 请重试 / try again, and see its journal: "
            "journalctl -u dockward-station"
        ) from error
    if answer.said is None:
        raise WireFailedError(answer.refused)
    return answer.said


def _line_from(wire: socket.socket) -> bytes:
    received = bytearray()
    while not received.endswith(b"\n"):
        chunk = wire.recv(_CHUNK_BYTES)
        if not chunk or len(received) + len(chunk) > ANSWER_BYTES_MAX:
            raise OSError(f"an answer that breaks off, or of more than {ANSWER_BYTES_MAX} bytes")
        received += chunk
    return bytes(received)
