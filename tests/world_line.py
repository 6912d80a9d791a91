"""What lies between a station and its registry, and the registry itself: real books, a real API, a bent line.

A line loses, doubles, delays and overtakes what is said on it. What lies is counted in `told`, so that whoever looks
afterwards knows what must have been noticed.
"""

import random
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import httpx
import msgspec

from registry.api import create_api
from registry.enrolments import Enrolments
from registry.journal_copy import Witness
from registry.ledger import Ledger
from registry.mirror import Mirror
from registry.presence import PresenceBook
from registry.uploads import Registrar, Uploads
from station.assemble import Station
from station.errors import DockwardError, WireFailedError
from station.journal.notes import Note, VerifierKey, cosign, parse_note
from station.journal.sqlite_log import SqliteLog, connect_to_read
from station.signer import FileKeys
from station.signing.certificates import STATION_TLS
from station.signing.signer_wire import KeyUse
from station.stamp import Stamp
from station.uplink.mqtt_link import Presence
from tests.uploading_stations import PEER_HEADER, SameProcess, told_peer

NAME = "测试平台"
BOOKS = ("mirror", "registry.sqlite", "registry.sqlite-wal", "registry.sqlite-shm")
DELAY_MAX = 8
"""Looks at the line, for what is late on it."""


class Registry:
    """The registry's books and API over one folder; `open` again is a restart."""

    def __init__(self, folder: Path, utc_ms: int) -> None:
        self.folder, self.now_ms = folder, utc_ms
        self.keys = FileKeys(folder / "signer")
        self.key = VerifierKey.parse((folder / "witness.vkey").read_text().strip())
        self.signs = True
        self.open()

    def open(self) -> None:
        self.enrolments = Enrolments(self.folder / "stations")
        self.ledger = Ledger(self.folder / "registry.sqlite")
        self.mirror = Mirror(self.folder / "mirror", self.enrolments, self.ledger, Witness(self.key, self.sign))
        self.presence = PresenceBook(self.enrolments, self.ledger, self.mirror)
        registrar = Registrar(NAME, self.keys, (self.folder / "ca.pem").read_bytes(), lambda: self.now_ms)
        self.uploads = Uploads(self.folder / "vault", self.enrolments, self.ledger, self.mirror, registrar)
        self.api = create_api(self.uploads, self.enrolments, told_peer)

    def close(self) -> None:
        self.uploads.close()
        self.mirror.close()
        self.ledger.close()

    def restart(self) -> None:
        self.close()
        self.open()

    def back_up(self) -> None:
        """The books as they are; the vault lies on another disk."""
        self.close()
        backup = self.folder / "backup"
        shutil.rmtree(backup, ignore_errors=True)
        backup.mkdir()
        for name in BOOKS:
            _copy(self.folder / name, backup / name)
        self.open()

    def restore(self) -> bool:
        """An old copy of the books is put in; False where there is none."""
        backup = self.folder / "backup"
        if not backup.exists():
            return False
        self.close()
        for name in BOOKS:
            _remove(self.folder / name)
            _copy(backup / name, self.folder / name)
        self.open()
        return True

    def sign(self, text: bytes) -> bytes:
        if not self.signs:
            raise WireFailedError("the registry's signer did not answer")
        return self.keys.sign(KeyUse.WITNESS, text)

    def cosigned(self, head: Note) -> Note:
        """Its word for whatever head it is given: a registry that lies."""
        line = cosign(head.checkpoint, self.key, self.now_ms // 1000, lambda text: self.keys.sign(KeyUse.WITNESS, text))
        return head.with_signatures(line)

    def codes(self) -> set[str]:
        return {alarm.code for alarm in self.ledger.alarms(10_000)}

    def copy_of(self, name: str) -> list[bytes]:
        """The entries of its copy of a journal."""
        enrolment = self.enrolments.find(name)
        assert enrolment is not None
        path = self.mirror.path(enrolment)
        if not path.is_file():
            return []
        connection = connect_to_read(path)
        entries = list(SqliteLog(connection).entries())
        connection.close()
        return entries


class Line:
    """MQTT between one station and the registry, with a broker that keeps the last cosignature."""

    def __init__(self, rng: random.Random, registry: Registry, name: str) -> None:
        self._rng, self._registry, self._name = rng, registry, name
        self.badness = 0.0
        """How likely each message is lost, doubled or late."""
        self.down = False
        self.told: Counter[str] = Counter()
        """Lies that were told over it, and what of them was noticed at once."""
        self.kept: list[str] = []
        """Every cosignature that was ever published; the last is retained."""
        self.cosigned = 0
        """So many facts the registry has ever cosigned, as far as it said so."""
        self._looks = 0
        self._up: list[tuple[int, bytes]] = []
        self._to_station: list[tuple[int, bytes]] = []

    def connect(self, station: Station, now: Stamp) -> None:
        """Whatever was under way is gone; the broker says what it kept."""
        self._station = station
        self._up.clear()
        self._to_station.clear()
        station.uplink.connected_anew()
        if self.down:
            return
        born = Presence(True, now.boot_id, "0", "p@1", station.clerk.tree.size)  # noqa: FBT003 - as it travels
        at_seconds = self._registry.now_ms // 1000
        self._registry.presence.hear(self._name, msgspec.json.encode(born), at_seconds, kept=False)
        newest = self._registry.mirror.newest(self._name)  # at each connection it tells again how far it is
        if newest is not None:
            self._publish(str(newest))
        elif self.kept:
            self._to_station.append((self._looks, self.kept[-1].encode()))

    def at_rest(self, station: Station) -> bool:
        if self.down or station.clerk.state.disputes:
            return True
        return station.uplink.delivered == station.clerk.tree.size and not self._up and not self._to_station

    def pump(self, now: Stamp) -> None:
        """Take what the station sends next, and let arrive what is due."""
        self._looks += 1
        self._registry.now_ms = max(self._registry.now_ms, now.utc_ms)
        if self.down:
            return
        try:
            batch = self._station.uplink.next_batch(now)
        except DockwardError:
            batch = None
        if batch is not None:
            self._send(self._up, batch)
        for batch in self._due(self._up):
            try:
                answer = self._registry.mirror.take(self._name, batch, self._registry.now_ms // 1000)
            except DockwardError:
                continue
            if answer.cosigned is not None:
                self._publish(str(answer.cosigned))
        for note in self._due(self._to_station):
            self.hear(note)
        if self._station.uplink.delivered > self.cosigned:
            self.told["believed too early"] += 1

    def hear(self, note: bytes) -> None:
        try:
            self._station.uplink.cosigned(note)
        except DockwardError:
            self.told["answer not kept"] += 1

    def lie_badly_signed(self, now: Stamp) -> None:
        """A cosignature that the registry never made."""
        if not self.kept or self.down:
            return
        note = parse_note(self.kept[-1])
        spoiled = [
            msgspec.structs.replace(line, signature=line.signature[:-1] + bytes([line.signature[-1] ^ 1]))
            if isinstance(line, msgspec.Struct)
            else type(line)(line.name, line.key_id, line.signature[:-1] + bytes([line.signature[-1] ^ 1]))
            for line in note.signatures
        ]
        self.told["signed badly"] += 1
        self.hear(str(Note(note.checkpoint, tuple(spoiled))).encode())
        if "did not sign" in self._station.uplink.trouble(now) or self._station.clerk.state.disputes:
            self.told["signed badly, noticed"] += 1

    def lie_late(self) -> None:
        """An answer that is older than the one before it."""
        if len(self.kept) > 1 and not self.down:
            self.told["late"] += 1
            self.hear(self._rng.choice(self.kept[:-1]).encode())

    def lie_forked(self, forged: Note) -> None:
        self.told["forked"] += 1
        self.hear(str(self._registry.cosigned(forged)).encode())

    def _publish(self, note: str) -> None:
        if note not in self.kept[-1:]:
            self.kept.append(note)
        self.cosigned = max(self.cosigned, parse_note(note).checkpoint.size)
        self._send(self._to_station, note.encode())

    def _send(self, way: list[tuple[int, bytes]], message: bytes) -> None:
        if self._rng.random() < self.badness:
            return
        for _ in range(2 if self._rng.random() < self.badness else 1):
            late = self._rng.randrange(DELAY_MAX) if self._rng.random() < self.badness else 0
            way.append((self._looks + late, message))

    def _due(self, way: list[tuple[int, bytes]]) -> list[bytes]:
        due = [message for at, message in way if at <= self._looks]
        way[:] = [(at, message) for at, message in way if at > self._looks]
        return due


class BentHttp(httpx.BaseTransport):
    """The way of recordings: what is asked goes through a fault first, where one is due."""

    def __init__(self, registry: Registry, name: str, rng: random.Random, alive: Callable[[], None]) -> None:
        self._registry, self._name, self._rng, self._alive = registry, name, rng, alive
        self.badness = 0.0
        self.down = False
        self.told: Counter[str] = Counter()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        content = request.read()
        headers = {**request.headers, PEER_HEADER: f"{STATION_TLS}/{self._name}"}
        if self.down:
            raise httpx.ConnectError("the network is down")
        if self._rng.random() >= self.badness:
            answer = self._forward(request, headers, content)
        else:
            answer = self._lie(request, headers, content)
        self._alive()
        return answer

    def _forward(self, request: httpx.Request, headers: dict[str, str], content: bytes) -> httpx.Response:
        headers = {**headers, "content-length": str(len(content))}
        whole = httpx.Request(request.method, request.url, headers=headers, content=content)
        return SameProcess(self._registry.api).handle_request(whole)

    def _lie(self, request: httpx.Request, headers: dict[str, str], content: bytes) -> httpx.Response:
        lies = ["cut", "answered and lost", "trouble", "garbage"]
        if request.method == "PUT" and content:
            lies += ["flipped", "truncated", "dropped", "rotten"]
        lie = self._rng.choice(lies)
        self.told[lie] += 1
        match lie:
            case "flipped":
                at = self._rng.randrange(len(content))
                return self._forward(request, headers, _flipped(content, at))
            case "truncated":
                return self._forward(request, headers, content[: len(content) // 2])
            case "dropped":
                return httpx.Response(204)
            case "rotten":
                answer = self._forward(request, headers, content)
                self._rot(content)
                return answer
            case "answered and lost":
                self._forward(request, headers, content)
                raise httpx.ReadError("the line broke")
            case "trouble":
                return httpx.Response(500, content=b'{"code":"VAULT_UNREADABLE","detail":""}')
            case "garbage":
                return httpx.Response(200, content=self._rng.randbytes(30))
            case _:
                raise httpx.ConnectError("the line broke")

    def _rot(self, content: bytes) -> None:
        """One bit of what was just stored is another one now."""
        for path in (self._registry.folder / "vault" / self._name).rglob("*"):
            if path.is_file() and path.name != "original" and path.read_bytes() == content:
                path.chmod(0o600)
                path.write_bytes(_flipped(content, self._rng.randrange(len(content))))


def _flipped(content: bytes, at: int) -> bytes:
    return content[:at] + bytes([content[at] ^ 1 << at % 8]) + content[at + 1 :]


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target)
    elif source.exists():
        shutil.copy2(source, target)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
