"""A camera out of chosen bytes that knows what MTP's datasets look like: its card, its clock, its battery.

What it once said of an object it says again, unless the bytes will otherwise; so a host gets as far as pulling.
"""

import struct
from typing import NamedTuple

from hardware.simulated.camera_datasets import device_info, numbers, text
from tests.fuzz.hostile_pipe import FILE_OPERATIONS, WITHOUT_DATA, Draws, HostilePipe

SIZE_MAX = 66_000
_FOLDER, _VIDEO = 0x3001, 0xB982
_OPERATIONS = (
    *(0x1001, 0x1002, 0x1003, 0x1004, 0x1005, 0x1007, 0x1008, 0x1009, 0x100B),
    *(0x1014, 0x1015, 0x1016),
)
_MAYBE = (0x9803, 0x9805, 0x101B, 0x95C1, 0x9801, 0x9802)
_NAMES = ("A.MP4", "A.MP4", "DCIM", "..", ".", "", "a/b", "\n", "执法🎥.MP4", "\ud83c", "\0", "é" * 254, "a.MP4", "~2")
_MOMENTS = ("20260101T000000", "20480000T000000", "20261332T256199", "20260101T000000.5Z", "20260101T000000+9999", "")
_ROOTS = {0, 0xFFFFFFFF}


class Shown(NamedTuple):
    """One object as it says it is."""

    kind: int
    size: int
    size_32: int
    parent: int
    name: bytes
    times: bytes


class HostileCamera(HostilePipe):
    """Its operations are drawn first, everything else when it is asked for."""

    def __init__(self, draws: Draws) -> None:
        super().__init__(draws)
        said = draws.number(1)
        self._operations = (*_OPERATIONS, *(code for bit, code in enumerate(_MAYBE) if not said >> bit & 1))
        self._objects: dict[int, Shown] = {}
        self._inside: dict[int, tuple[int, ...]] = {}

    def payload(self, code: int, parameters: tuple[int, ...]) -> bytes | None:  # noqa: PLR0911 - one for each question
        if code not in WITHOUT_DATA and self.oddly(1):
            self.made_up = self.made_up or code in FILE_OPERATIONS
            return self._draws.some(self._draws.number(1))
        match code:
            case 0x1001:
                return device_info(
                    "DW-T8", ("T8-1", "", " ", "9" * 97)[self.oddly(3)], self._operations, (0x5001, 0x5011)
                )
            case 0x1004:
                return self._array("I", (0x10001, 0x20001, 0, 0x10001)[: 1 + self.oddly(3)])
            case 0x1005:
                return struct.pack(
                    "<HHHQQI", 3, 2, self.oddly(4), self._odd(1 << 30, 8), self._odd(1 << 29, 8), 0
                ) + text("card")
            case 0x1007:
                return self._array("I", self._handles(parameters[2]))
            case 0x1008:
                return self._object_info(parameters[0])
            case 0x1014 | 0x1015:
                return self._property(code, parameters[0])
            case 0x9801:
                return self._array("H", (0xDC01, 0xDC02, 0xDC04, 0xDC07, 0xDC0B)[: 5 - self.oddly(5)])
            case 0x9803:
                return self._property_of(parameters[0], parameters[1])
            case 0x9805:
                return self._property_list(parameters)
        return super().payload(code, parameters)

    def _odd(self, usual: int, size: int) -> int:
        return self._draws.number(size) if self.oddly(8) else usual

    def _array(self, form: str, values: tuple[int, ...]) -> bytes:
        array = numbers(form, values)
        return struct.pack("<I", self._draws.number(4)) + array[4:] if self.oddly(8) else array

    # --- the card

    def _handles(self, parent: int) -> tuple[int, ...]:
        """A handle or two more for each folder; sometimes one that was told before."""
        parent = 0 if parent in _ROOTS else parent
        if parent not in self._inside or self.oddly(8):
            first = 1 + sum(len(handles) for handles in self._inside.values())
            fresh = tuple(range(first, first + self._draws.below(9)))
            self._inside[parent] = (*fresh, self._draws.below(first)) if self.oddly(16) else fresh
        return self._inside[parent]

    def _shown(self, handle: int) -> Shown:
        if handle not in self._objects or self.oddly(8):
            draws = self._draws
            kind = _FOLDER if draws.below(4) == 3 else _VIDEO
            size = draws.number(8) if self.oddly(1) else draws.number(1 + draws.below(2))
            size_32 = self._odd(min(size, 0xFFFFFFFF), 4)
            name = text(
                _NAMES[draws.below(len(_NAMES))].encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
            )
            if self.oddly(8):
                name = bytes([draws.number(1)]) + draws.some(draws.number(1))
            times = text(_MOMENTS[draws.below(len(_MOMENTS))]) + text(_MOMENTS[draws.below(len(_MOMENTS))])
            folder = next((parent for parent, handles in self._inside.items() if handle in handles), 0)
            parent = 0 if folder in _ROOTS else folder
            self._objects[handle] = Shown(kind, size, size_32, self._odd(parent, 4), name, times)
        return self._objects[handle]

    def _object_info(self, handle: int) -> bytes:
        shown = self._shown(handle)
        fixed = struct.pack(
            "<IHHIHIIIIIIIIHI", 0x10001, shown.kind, 0, shown.size_32, *(0,) * 7, shown.parent, *(0,) * 3
        )
        return fixed[:52] + shown.name + shown.times + text("")

    def _property_of(self, handle: int, number: int) -> bytes:
        shown = self._shown(handle)
        match number:
            case 0xDC02:
                return struct.pack("<H", shown.kind)
            case 0xDC04:
                return struct.pack("<Q", shown.size)[: 4 + 4 * (self.oddly(8) == 0)]
            case 0xDC07:
                return shown.name
            case 0xDC0B:
                return struct.pack("<I", shown.parent)
        return text(_MOMENTS[self._draws.below(len(_MOMENTS))])

    def _property_list(self, parameters: tuple[int, ...]) -> bytes:
        """Handle, property, type and value of each; at depth 1 of what lies inside."""
        handle, _format, wanted, _group, depth = parameters[:5]
        handles = self._handles(handle) if depth or handle in _ROOTS else (handle,)
        types = {0xDC02: 4, 0xDC04: 8, 0xDC07: 0xFFFF, 0xDC08: 0xFFFF, 0xDC09: 0xFFFF, 0xDC0B: 6}
        said = [number for number in types if wanted in {0, 0xFFFFFFFF, number}]
        elements = [
            struct.pack("<IHH", one, number, self._odd(types[number], 2)) + self._property_of(one, number)
            for one in handles
            for number in said
        ]
        return struct.pack("<I", self._odd(len(elements), 4)) + b"".join(elements[: len(elements) - self.oddly(4)])

    def _property(self, code: int, number: int) -> bytes:
        if number == 0x5011:
            return text(_MOMENTS[self._draws.below(len(_MOMENTS))])
        kind = self._odd(2, 2)
        if code == 0x1014:
            values = self._draws.some(self._draws.below(64)) if self.oddly(32) else bytes((0, 80, 1, 0, 100, 1))
            return struct.pack("<HHB", number, kind, 0) + values
        return b"\x50"
