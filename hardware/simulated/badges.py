"""The other end of a badge reader's line: a pseudo terminal, and cards that lie on it until they are lifted.

`EmCard` says its number like the cheap readers' cards. `ChallengeCard` and its driver are no real kind of card: they
prove that cards with a key of their own fit the same seam, and neither is in the table of kinds that are delivered.
Time does not pass here by itself: the reader says something when `turn` is called. Knows no station.
"""

import hashlib
import hmac
import os
import re
import tty
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import reduce
from operator import xor
from typing import Protocol, Self

from hardware.badges.cards import Badge, Sighting
from hardware.badges.em4100 import raw_frame, text_frame

KIND = "simulated-challenge"
ANSWER_MS = 1_000
"""A challenge that was not answered for so long is void."""
_CHALLENGE_BYTES = 16
_HEARD_MAX = 4_096
_SAYING = re.compile(rb"\x02([NCA])([0-9A-F]{10})([0-9A-F]*)([0-9A-F]{2})\x03")


class Card(Protocol):
    """What can lie on the reader."""

    def says(self, heard: bytes) -> bytes:
        """In one turn, having heard what the host told the reader since the last."""


@dataclass(frozen=True, slots=True)
class EmCard:
    """Says its number at every turn, to anybody."""

    number: int
    raw: bool = False

    def says(self, heard: bytes) -> bytes:  # noqa: ARG002 - it is deaf
        return raw_frame(self.number) if self.raw else text_frame(self.number)


@dataclass(slots=True)
class ChallengeCard:
    """Says its number, and answers each challenge with a MAC under a key that never leaves it."""

    number: int
    key: bytes = field(repr=False)
    mute: bool = False

    def says(self, heard: bytes) -> bytes:
        mine = f"{self.number:010X}".encode()
        answers = [
            _saying(b"A", mine, mac(self.key, mine, bytes.fromhex(rest.decode())))
            for letter, number, rest in _sayings(heard)
            if letter == b"C" and number == mine and not self.mute
        ]
        return b"".join([_saying(b"N", mine, b""), *answers])


class ChallengeDriver:
    """The host's end: challenges each card that names itself, and believes only the answer to what it asked last."""

    def __init__(self, key_of: Callable[[Badge], bytes], random_bytes: Callable[[int], bytes]) -> None:
        self._key_of = key_of
        self._random_bytes = random_bytes
        self._asked: dict[bytes, tuple[bytes, int]] = {}
        self._heard = b""
        self._question = b""

    def take(self, received: bytes, now_ms: int) -> tuple[Sighting, ...]:
        self._asked = {number: asked for number, asked in self._asked.items() if now_ms - asked[1] < ANSWER_MS}
        self._heard = (self._heard + received)[-_HEARD_MAX:]
        found = []
        for letter, number, rest in _sayings(self._heard):
            if letter == b"N" and number not in self._asked:
                self._challenge(number, now_ms)
            elif letter == b"A" and number in self._asked:
                challenge, _ = self._asked.pop(number)
                badge = Badge(number.decode())
                if hmac.compare_digest(rest, mac(self._key_of(badge), number, challenge).hex().upper().encode()):
                    found.append(Sighting(badge, proved=True))
        begun = self._heard.rfind(b"\x02")
        self._heard = self._heard[begun:] if begun > self._heard.rfind(b"\x03") else b""
        return tuple(found)

    def question(self) -> bytes:
        said, self._question = self._question, b""
        return said

    def _challenge(self, number: bytes, now_ms: int) -> None:
        challenge = self._random_bytes(_CHALLENGE_BYTES)
        self._asked[number] = challenge, now_ms
        self._question += _saying(b"C", number, challenge)


class SimulatedReader:
    """A reader on a pseudo terminal; pyserial opens `url`. Ends with its context."""

    def __init__(self) -> None:
        self._end, self._kept_end = os.openpty()
        tty.setraw(self._kept_end)
        os.set_blocking(self._end, False)
        self.url = os.ttyname(self._kept_end)
        """Kept open here too: a line whose only listener goes away would hang up on the reader."""
        self._lying: list[Card] = []

    def lay(self, *cards: Card) -> None:
        self._lying += cards

    def lift(self) -> None:
        self._lying = []

    def turn(self) -> None:
        """Everything that lies there hears the host and says what it has to say, one after the other."""
        heard = self._hear()
        for card in self._lying:
            self.say(card.says(heard))

    def say(self, content: bytes) -> None:
        """Anything at all, as noise or as half a frame."""
        os.write(self._end, content)

    def _hear(self) -> bytes:
        try:
            return os.read(self._end, _HEARD_MAX)
        except BlockingIOError:
            return b""

    def close(self) -> None:
        os.close(self._end)
        os.close(self._kept_end)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self.close()


def mac(key: bytes, number: bytes, challenge: bytes) -> bytes:
    return hmac.new(key, number + challenge, hashlib.sha256).digest()[:_CHALLENGE_BYTES]


def _saying(letter: bytes, number: bytes, rest: bytes) -> bytes:
    body = letter + number + rest.hex().upper().encode()
    return b"\x02%s%02X\x03" % (body, reduce(xor, body))


def _sayings(heard: bytes) -> list[tuple[bytes, bytes, bytes]]:
    """Every whole one: its letter, the card's number, and the rest in hex digits."""
    whole = [(match[1], match[2], match[3], int(match[4], 16)) for match in _SAYING.finditer(heard)]
    return [
        (letter, number, rest)
        for letter, number, rest, said in whole
        if reduce(xor, letter + number + rest) == said and len(rest) % 2 == 0
    ]
