"""A dock as a folder: cameras, what is on their cards, which bay each is in, what the locks do.

Every simulated wire reads and writes here, so that what happens outlives any process, and whoever plays the people
(a demo, a test) may be another one. Writes are whole files, renamed into place.

    bays/BAY                  the serial of the camera that is in the bay; no file where it is empty
    cameras/SERIAL/about.json model, clock, battery
    cameras/SERIAL/nature.json its faults and habits as `nature_file` has them; no file where it has none of its own
    cameras/SERIAL/times.json path → [begun, ended] by the camera's clock
    cameras/SERIAL/card/...   the files on its card
    locks/BAY                 locked | open, written by the pins
    chargers/BAY              on | off, written by the bay boards
"""

from pathlib import Path

import msgspec


class About(msgspec.Struct, frozen=True):
    """What a camera knows of itself."""

    model: str = "DW-T8"
    clock_ahead_ms: int = 0
    battery_percent: int | None = 80
    wakes_at: int = 0
    """How often its power must come before it is on USB: 2 is a flat one, that charges first and attaches anew."""
    free_mib: int | None = None
    """Room on its card, where that is not the room of the folder's own disk."""


_ABOUT = msgspec.json.Decoder(About)
_TIMES = msgspec.json.Decoder(dict[str, tuple[int, int]])


class LockedError(Exception):
    """The bay is locked; a person would have to break it open."""


class Dock:
    """The folder, and what a person at the dock can do."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("bays", "cameras", "locks", "chargers"):
            (folder / name).mkdir(parents=True, exist_ok=True)

    # --- people

    def make_camera(self, serial: str, about: About | None = None) -> None:
        (self.card(serial) / "DCIM").mkdir(parents=True)
        self.tell_about(serial, about or About())
        self._write(self._camera(serial) / "times.json", b"{}")

    def film(self, serial: str, path: str, content: bytes, begun_ms: int, ended_ms: int) -> None:
        """A recording appears on the card; the times are by the camera's clock."""
        file = self.card(serial) / path
        file.parent.mkdir(parents=True, exist_ok=True)
        times = {**self.times(serial), path: (begun_ms, ended_ms)}
        self._write(self._camera(serial) / "times.json", msgspec.json.encode(times))
        self._write(file, content)

    def put(self, serial: str, bay: str) -> None:
        """Dock a camera."""
        if self.camera_in(bay) is not None:
            raise LockedError(f"bay {bay} is not empty")
        self._write(self.folder / "bays" / bay, serial.encode())

    def take(self, bay: str, *, by_force: bool = False) -> str:
        """Take the camera out, if the lock lets go of it."""
        serial = self.camera_in(bay)
        if serial is None:
            raise LockedError(f"bay {bay} is empty")
        if self.locked(bay) and not by_force:
            raise LockedError(f"bay {bay} is locked")
        (self.folder / "bays" / bay).unlink()
        return serial

    # --- what the wires see

    def camera_in(self, bay: str) -> str | None:
        return self._read(self.folder / "bays" / bay)

    def bay_of(self, serial: str) -> str | None:
        bays = (path.name for path in (self.folder / "bays").iterdir() if not path.name.startswith("."))
        return next((bay for bay in bays if self.camera_in(bay) == serial), None)

    def cameras(self) -> list[str]:
        return sorted(path.name for path in (self.folder / "cameras").iterdir())

    def locked(self, bay: str) -> bool:
        """A lock nobody drives stays locked."""
        return self._read(self.folder / "locks" / bay) != "open"

    def set_lock(self, bay: str, *, locked: bool) -> None:
        self._write(self.folder / "locks" / bay, b"locked" if locked else b"open")

    def charging(self, bay: str) -> bool:
        return self._read(self.folder / "chargers" / bay) == "on"

    def asleep(self, serial: str) -> bool:
        """In its bay, and not on USB."""
        return (self._camera(serial) / "about.json").exists() and self.about(serial).wakes_at > 0

    def set_charging(self, bay: str, *, on: bool) -> None:
        serial = self.camera_in(bay)
        if on and serial is not None and not self.charging(bay) and self.asleep(serial):
            about = self.about(serial)
            self.tell_about(serial, msgspec.structs.replace(about, wakes_at=about.wakes_at - 1))
        self._write(self.folder / "chargers" / bay, b"on" if on else b"off")

    def about(self, serial: str) -> About:
        return _ABOUT.decode((self._camera(serial) / "about.json").read_bytes())

    def tell_about(self, serial: str, about: About) -> None:
        self._write(self._camera(serial) / "about.json", msgspec.json.encode(about))

    def tell_nature(self, serial: str, encoded: bytes) -> None:
        """What it is like from its next plugging in on."""
        self._write(self._camera(serial) / "nature.json", encoded)

    def nature(self, serial: str) -> bytes | None:
        found = self._read(self._camera(serial) / "nature.json")
        return None if found is None else found.encode()

    def times(self, serial: str) -> dict[str, tuple[int, int]]:
        encoded = (self._camera(serial) / "times.json").read_bytes()
        return _TIMES.decode(encoded)

    def card(self, serial: str) -> Path:
        return self._camera(serial) / "card"

    def _camera(self, serial: str) -> Path:
        return self.folder / "cameras" / serial

    def _read(self, path: Path) -> str | None:
        try:
            return path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None

    def _write(self, path: Path, content: bytes) -> None:
        part = path.with_name(f".{path.name}.part")
        part.write_bytes(content)
        part.replace(path)
