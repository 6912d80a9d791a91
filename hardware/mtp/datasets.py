"""What a camera says of itself and its files: MTP datasets read from bytes. Believes no count it has no bytes for."""

import struct
from collections.abc import Container, Iterator
from typing import NamedTuple

from hardware.mtp.codes import ASSOCIATION, SIZE_UNKNOWN, ObjectProperty
from hardware.wires import CardSpace, LyingError

_INTEGERS = {1: "b", 2: "B", 3: "h", 4: "H", 5: "i", 6: "I", 7: "q", 8: "Q"}
"""MTP's type codes of whole numbers, as struct writes them."""
_OF_64_BITS = {7, 8}
_OF_128_BITS, _BYTES_OF_128_BITS = {9, 10}, 16
_ARRAY, _NO_ARRAY = 0x4000, 0xBFFF
_STRING = 0xFFFF
_STRING_UNITS_MAX = 255
_ENTRY = struct.Struct("<IHH")
CAPACITY_BYTES_MAX = 1 << 60
_READ_ONLY_WITHOUT_DELETION = 1
_NAME_AT = 52
"""In an ObjectInfo."""


class Fields:
    """Takes one field after the other from a dataset."""

    def __init__(self, dataset: bytes) -> None:
        self._dataset = dataset
        self._taken = 0

    def number(self, form: str) -> int:
        size = struct.calcsize(form)
        (value,) = struct.unpack(f"<{form}", self._take(size))
        return int(value)

    def numbers(self, form: str, count: int) -> tuple[int, ...]:
        return struct.unpack(f"<{count}{form}", self._take(count * struct.calcsize(form)))

    def array(self, form: str) -> tuple[int, ...]:
        return self.numbers(form, self.number("I"))

    def string(self) -> str:
        """What is no text becomes U+FFFD, what follows the terminator is dropped."""
        units = self._take(2 * self.number("B"))
        return units.decode("utf-16-le", errors="replace").partition("\0")[0]

    def entry(self) -> tuple[int, int, int]:
        """Of a property list: whose, which, and the type of the value that follows."""
        handle, number, form = _ENTRY.unpack(self._take(_ENTRY.size))
        return handle, number, form

    def skip(self, size: int) -> None:
        self._take(size)

    def _take(self, size: int) -> bytes:
        end = self._taken + size
        if end > len(self._dataset):
            raise LyingError(f"the camera sent a dataset of {len(self._dataset)} bytes where {end} are needed")
        taken, self._taken = self._dataset[self._taken : end], end
        return taken


class DeviceInfo(NamedTuple):
    operations: frozenset[int]
    properties: frozenset[int]
    model: str
    serial: str

    @classmethod
    def read(cls, dataset: bytes) -> "DeviceInfo":
        fields = Fields(dataset)
        fields.skip(struct.calcsize("<HIH"))  # version, vendor and its version
        fields.string()
        fields.skip(2)  # functional mode
        operations = frozenset(fields.array("H"))
        fields.array("H")  # events
        properties = frozenset(fields.array("H"))
        fields.array("H")  # capture formats
        fields.array("H")  # playback formats
        fields.string()  # manufacturer
        model = fields.string()
        fields.string()  # version
        return cls(operations, properties, model.strip(), fields.string().strip())


class ObjectInfo(NamedTuple):
    """A file or a folder. `size_bytes` has 32 bits with nearly all cameras; the property ObjectSize tells more."""

    format: int
    size_bytes: int
    parent: int
    name: str
    created: str
    modified: str

    @property
    def is_folder(self) -> bool:
        return self.format == ASSOCIATION

    @classmethod
    def read(cls, dataset: bytes) -> "ObjectInfo":
        fields = Fields(dataset)
        fields.skip(4)  # storage
        kind = fields.number("H")
        fields.skip(2)  # protection
        size = fields.number("Q" if _has_wide_size(dataset) else "I")
        fields.skip(struct.calcsize("<HIIIIII"))  # thumbnail and picture
        parent = fields.number("I")
        fields.skip(struct.calcsize("<HII"))  # association and sequence
        return cls(kind, size, parent, fields.string(), fields.string(), fields.string())


class PropDesc(NamedTuple):
    """A whole number's value, and the largest that its description allows, where it says one."""

    value: int
    largest: int | None

    @classmethod
    def read(cls, dataset: bytes) -> "PropDesc":
        fields = Fields(dataset)
        fields.skip(2)  # the property
        form = _INTEGERS.get(fields.number("H"))
        if form is None:
            raise LyingError("the camera describes as something else what MTP defines as a whole number")
        fields.skip(1)  # readable or writable
        fields.number(form)  # factory default
        value = fields.number(form)
        match fields.number("B"):
            case 1:  # a range
                _smallest, largest, _step = fields.numbers(form, 3)
            case 2:  # an enumeration
                largest = max(fields.numbers(form, fields.number("H")), default=value)
            case _:
                return cls(value, None)
        return cls(value, largest)


def _has_wide_size(dataset: bytes) -> bool:
    """Some cameras send 64 bits here, unasked: all behind them stands four bytes later, the name last."""
    usual, wide = _NAME_AT, _NAME_AT + 4
    return len(dataset) > wide and not any(dataset[usual:wide]) and dataset[wide] != 0


def read_card_space(dataset: bytes) -> CardSpace:
    """Its names are not read: cameras leave them out, and nobody asks for them."""
    fields = Fields(dataset)
    fields.skip(4)  # kinds of card and file system
    access = fields.number("H")
    capacity, free = fields.numbers("Q", 2)
    known = 0 < capacity < CAPACITY_BYTES_MAX and capacity != SIZE_UNKNOWN
    fits = free <= capacity if known else free < CAPACITY_BYTES_MAX
    return CardSpace(
        capacity if known else None,
        free if fits and free != SIZE_UNKNOWN else None,
        deletable=access != _READ_ONLY_WITHOUT_DELETION,
    )


def read_numbers_listed(dataset: bytes, wanted: int) -> dict[int, int]:
    """A whole number for each handle, out of a property list. A size of 32 bits may be cut and is none."""
    forms = _OF_64_BITS if wanted == ObjectProperty.OBJECT_SIZE else _INTEGERS
    fields = Fields(dataset)
    return {handle: fields.number(_INTEGERS[form]) for handle, form in _entries(fields, wanted, forms)}


def read_strings_listed(dataset: bytes, wanted: int) -> dict[int, str]:
    fields = Fields(dataset)
    return {handle: fields.string() for handle, _form in _entries(fields, wanted, {_STRING})}


def read_properties_listed(dataset: bytes, wanted: int) -> dict[int, int | str]:
    """One object's properties by their numbers, out of a property list; those of other types are left out."""
    fields = Fields(dataset)
    told: dict[int, int | str] = {}
    for _ in range(fields.number("I")):
        handle, number, form = fields.entry()
        cut = number == ObjectProperty.OBJECT_SIZE and form not in _OF_64_BITS
        if handle != wanted or number in told or cut:
            raise LyingError(f"the camera lists property {number:#06x} of object {handle:#x} unasked or twice")
        if form == _STRING:
            told[number] = fields.string()
        elif form in _INTEGERS:
            told[number] = fields.number(_INTEGERS[form])
        else:
            fields.skip(_bytes_of(form, fields))
    return told


def _bytes_of(form: int, fields: Fields) -> int:
    """Of a value that nobody wants: 128 bits, or an array of numbers."""
    item = _BYTES_OF_128_BITS if form & _NO_ARRAY in _OF_128_BITS else None
    if form & _NO_ARRAY in _INTEGERS:
        item = struct.calcsize(_INTEGERS[form & _NO_ARRAY])
    if item is None:
        raise LyingError(f"the camera lists a property of type {form:#06x}; there is none")
    return item * (fields.number("I") if form & _ARRAY else 1)


def _entries(fields: Fields, wanted: int, forms: Container[int]) -> Iterator[tuple[int, int]]:
    """Whose property and of which type; the value is the caller's to take. Told twice or unasked, it is no answer."""
    seen: set[int] = set()
    for _ in range(fields.number("I")):
        handle, number, form = fields.entry()
        if number != wanted or form not in forms or handle in seen:
            raise LyingError(f"the camera lists property {number:#06x} (type {form:#06x}) unasked or twice")
        seen.add(handle)
        yield handle, form


def pack_string(text: str) -> bytes:
    units = f"{text}\0".encode("utf-16-le")
    if len(units) // 2 > _STRING_UNITS_MAX:
        raise ValueError(f"longer than a string of MTP can be: {text!r}")
    return bytes([len(units) // 2]) + units
