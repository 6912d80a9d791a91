"""Promise: one question about an object says what two say, or is not asked again."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.mtp import codes
from hardware.mtp.codes import ObjectProperty, Operation, Response
from hardware.mtp.datasets import pack_string, read_properties_listed
from hardware.mtp.initiator import CameraRefusedError
from hardware.mtp.listing import list_files
from hardware.mtp.objects import FEW, PROOFS, Describer, describe
from hardware.mtp.quirks import STANDARD, Quirks
from hardware.wires import LyingError, SilentError
from tests.mtp_tree import WITH_LISTS, WITH_SIZES, Shown, Tree

CARD = {1: Shown("DCIM"), **{number: Shown(f"录像{number}🎥.MP4", 1, number << 30) for number in range(2, 18)}}
FILES = tuple(CARD)[1:]


class OneByOne(Tree):
    """Knows the properties of an object, and of no folder's content: as uMTP-Responder does."""

    def property_list(self, folder: int, number: ObjectProperty) -> bytes:
        return super().property_list(folder, number)[:0] + bytes(4)


def test_after_some_proofs_each_file_costs_one_question() -> None:
    tree = OneByOne(CARD)
    assert list_files(tree, WITH_LISTS) == list_files(Tree(CARD), WITH_SIZES)
    assert tree.asked.count("one") == len(CARD) - FEW
    assert tree.asked.count("info") == FEW + PROOFS


class Bent(OneByOne):
    """What it says of one object by itself is bent from the file `first` on."""

    def __init__(self, first: int, bent: dict[ObjectProperty, int | str]) -> None:
        super().__init__(CARD)
        self._first = first
        self._bent = bent

    def all_of(self, handle: int) -> dict[ObjectProperty, int | str]:
        return super().all_of(handle) | (self._bent if handle >= self._first else {})


ODD = 40


class OddFolder(OneByOne):
    def all_of(self, handle: int) -> dict[ObjectProperty, int | str]:
        return super().all_of(handle) | ({ObjectProperty.PARENT_OBJECT: 9} if handle == ODD else {})


def test_what_is_said_of_a_folder_proves_nothing() -> None:
    first = dict(list(CARD.items())[:FEW])
    tree = OddFolder(card := first | {ODD: Shown("leer", 1)} | CARD)
    assert list_files(tree, WITH_LISTS) == list_files(Tree(card), WITH_SIZES)
    assert tree.asked.count("info") == FEW + PROOFS + 1


@pytest.mark.parametrize("first", FILES[FEW - 1 : FEW - 1 + PROOFS])
@pytest.mark.parametrize(
    "bent",
    [
        {ObjectProperty.OBJECT_SIZE: 5},
        {ObjectProperty.OBJECT_FILE_NAME: "another"},
        {ObjectProperty.PARENT_OBJECT: 9},
        {ObjectProperty.OBJECT_FORMAT: 0x300B},
        {ObjectProperty.DATE_CREATED: ""},
        {ObjectProperty.DATE_MODIFIED: "20100102T101112"},
        {ObjectProperty.OBJECT_SIZE: 1 << 60},
        {ObjectProperty.OBJECT_SIZE: codes.SIZE_UNKNOWN},
    ],
)
def test_what_says_something_else_once_is_not_asked_again(first: int, bent: dict[ObjectProperty, int | str]) -> None:
    tree = Bent(first, bent)
    assert list_files(tree, WITH_LISTS) == list_files(Tree(CARD), WITH_SIZES)
    assert tree.asked.count("one") == 1 + len([file for file in FILES[FEW - 1 :] if file < first])


def test_a_size_that_cannot_be_is_asked_about_by_itself_also_later() -> None:
    tree = Bent(FILES[FEW + PROOFS + 1], {ObjectProperty.OBJECT_SIZE: 1 << 60})
    assert list_files(tree, WITH_LISTS) == list_files(Tree(CARD), WITH_SIZES)


@pytest.mark.parametrize("error", [LyingError("odd"), CameraRefusedError(Operation.GET_OBJECT_PROP_LIST, 0x2002)])
def test_what_is_refused_costs_one_question_and_nothing_else(error: Exception) -> None:
    class Refusing(OneByOne):
        def object_properties(self, handle: int) -> bytes:
            super().object_properties(handle)
            raise error

    tree = Refusing(CARD)
    assert list_files(tree, WITH_LISTS) == list_files(Tree(CARD), WITH_SIZES)
    assert tree.asked.count("one") == 1


@pytest.mark.parametrize("error", [SilentError("broke off"), LyingError("broke off")], ids=["silent", "lying"])
def test_what_is_broken_off_is_an_error(error: Exception) -> None:
    class Broken(OneByOne):
        def object_properties(self, handle: int) -> bytes:
            self.unfinished = handle
            raise error

    with pytest.raises(type(error), match="broke off"):
        list_files(Broken(CARD), WITH_LISTS)


def test_an_object_that_both_ways_refuse_is_refused() -> None:
    tree = OneByOne(CARD)
    ask = Describer(tree, WITH_LISTS, STANDARD)
    assert [ask(handle) for handle in FILES] == [describe(Tree(CARD), WITH_SIZES, STANDARD, handle) for handle in FILES]
    tree.refuses_info[FILES[-1]] = CameraRefusedError(Operation.GET_OBJECT_INFO, Response.INVALID_OBJECT_HANDLE)
    with pytest.raises(CameraRefusedError):
        ask(FILES[-1])


def test_a_model_that_knows_its_objects_and_not_its_folders_is_asked_about_those() -> None:
    tree = OneByOne(CARD)
    assert list_files(tree, WITH_LISTS, Quirks(property_lists=False)) == list_files(Tree(CARD), WITH_SIZES)
    assert "list" not in tree.asked
    assert tree.asked.count("info") == FEW + PROOFS


# --- the dataset

SIZE, NAME, PARENT = ObjectProperty.OBJECT_SIZE, ObjectProperty.OBJECT_FILE_NAME, ObjectProperty.PARENT_OBJECT


def entry(number: int, form: int, value: bytes, handle: int = 7) -> bytes:
    return struct.pack("<IHH", handle, number, form) + value


def packed(*entries: bytes) -> bytes:
    return struct.pack("<I", len(entries)) + b"".join(entries)


def test_what_nobody_wants_is_left_out() -> None:
    dataset = packed(
        entry(0xDC41, 10, bytes(16)),
        entry(SIZE, 8, struct.pack("<Q", 5 << 30)),
        entry(0xDC86, 0x4002, struct.pack("<I3s", 3, b"abc")),
        entry(0xDC87, 0x400A, struct.pack("<I32s", 2, b"")),
        entry(NAME, 0xFFFF, pack_string("录像.MP4")),
    )
    assert read_properties_listed(dataset, 7) == {SIZE: 5 << 30, NAME: "录像.MP4"}


@pytest.mark.parametrize(
    "entries",
    [
        (entry(PARENT, 6, bytes(4), handle=8),),
        (entry(PARENT, 6, bytes(4)), entry(PARENT, 6, bytes(4))),
        (entry(SIZE, 6, bytes(4)),),
        (entry(PARENT, 0x7777, bytes(4)),),
        (entry(0xDC86, 0x4002, struct.pack("<I", 0xFFFFFFFF)),),
        (entry(PARENT, 6, bytes(3)),),
    ],
    ids=["another object", "twice", "size of 32 bits", "no type", "endless", "cut"],
)
def test_what_cannot_be_is_a_lie(entries: tuple[bytes, ...]) -> None:
    with pytest.raises(LyingError):
        read_properties_listed(packed(*entries), 7)


@given(st.binary(max_size=80))
def test_any_bytes_are_read_or_refused(dataset: bytes) -> None:
    try:
        told = read_properties_listed(dataset, 7)
    except LyingError:
        return
    assert len(told) <= len(dataset) // 9
