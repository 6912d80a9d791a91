"""Promise: a listing by property lists is the listing, faster; a camera whose lists lie is asked about each file."""

import struct
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.mtp import codes
from hardware.mtp.codes import ObjectProperty, Operation, Response
from hardware.mtp.folder_lists import LISTED_MAX, WORTH_A_LIST
from hardware.mtp.initiator import CameraRefusedError
from hardware.mtp.listing import list_files
from hardware.mtp.quirks import Quirks
from hardware.wires import LyingError, SilentError
from tests.mtp_tree import WITH_LISTS, WITH_SIZES, Shown, Tree

Told = list[tuple[int, int | str]]
CARD = {
    1: Shown("DCIM"),
    2: Shown("leer", 1),
    **{number: Shown(f"录像{number}🎥.MP4", 1, number << 28) for number in range(3, 30)},
    30: Shown("gross.MP4", 1, 0xFFFFFFFE, created=""),
    **{number: Shown(f"{number}.txt", 0, number) for number in range(31, 40)},
}


class Liar(Tree):
    """Its property lists are bent by `lie`."""

    def __init__(self, lie: Callable[[ObjectProperty, Told], Told], card: dict[int, Shown] = CARD) -> None:
        super().__init__(card)
        self._lie = lie

    def told(self, folder: int, number: ObjectProperty) -> Told:
        return self._lie(number, super().told(folder, number))


def test_a_folder_is_told_in_a_few_answers() -> None:
    tree = Tree(CARD)
    assert list_files(tree, WITH_LISTS) == list_files(Tree(CARD), WITH_SIZES)
    assert (tree.asked.count("list"), tree.asked.count("info")) == (11, 2)


SIZES = st.integers(0, 1 << 40).filter(lambda size: size != 0xFFFFFFFF)
CARDS = st.dictionaries(
    st.integers(10, 99),
    st.tuples(st.text("aäé录🎥.", max_size=9), st.sampled_from((0, 2)), SIZES).map(lambda told: Shown(*told)),
    max_size=30,
).map(lambda files: {2: Shown("DCIM"), **files})


@given(CARDS)
def test_any_card_is_listed_the_same_both_ways(card: dict[int, Shown]) -> None:
    assert list_files(Tree(card), WITH_LISTS) == list_files(Tree(card), WITH_SIZES)


class EverythingAtTheRoot(Tree):
    def object_handles(self, storage: int, parent: int) -> tuple[int, ...]:
        return super().object_handles(storage, codes.EVERY_PARENT if parent == codes.ROOT else parent)

    def told(self, folder: int, number: ObjectProperty) -> Told:
        return (
            [(handle, self.value(handle, number)) for handle in self.objects]
            if not folder
            else super().told(folder, number)
        )


def test_a_camera_that_lists_everything_at_its_root_is_listed_the_same() -> None:
    tree = EverythingAtTheRoot(CARD)
    assert list_files(tree, WITH_LISTS).keys() == list_files(Tree(CARD), WITH_SIZES).keys()
    assert tree.asked.count("info") == 2


def bent(wanted: ObjectProperty, change: Callable[[Told], Told]) -> Callable[[ObjectProperty, Told], Told]:
    return lambda number, told: change(told) if number == wanted else told


def shifted(told: Told) -> Told:
    return [(handle, f"9{value[1:]}" if isinstance(value, str) else value + 1) for handle, value in told]


LIES: dict[str, Callable[[ObjectProperty, Told], Told]] = {
    "one object": lambda _number, told: told[:1],
    "none": lambda _number, _told: [],
    "truncated": lambda _number, told: told[:-2],
    "twice": lambda _number, told: [*told, told[-1]],
    "one too many": lambda _number, told: [*told, (99, told[0][1])],
    "another handle": lambda _number, told: [*told[:-1], (99, told[-1][1])],
    "other names": bent(ObjectProperty.OBJECT_FILE_NAME, shifted),
    "other sizes": bent(ObjectProperty.OBJECT_SIZE, shifted),
    "other dates": bent(ObjectProperty.DATE_CREATED, shifted),
    "dates that are all one": bent(
        ObjectProperty.DATE_MODIFIED, lambda told: [(h, "20100102T101112") for h, _ in told]
    ),
    "some dates": bent(ObjectProperty.DATE_MODIFIED, lambda told: told[3:]),
    "sizes beyond any card": bent(ObjectProperty.OBJECT_SIZE, lambda told: [(h, 1 << 60) for h, _ in told]),
    "sizes cut": bent(ObjectProperty.OBJECT_SIZE, lambda told: [(h, 0xFFFFFFFF) for h, _ in told]),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_list_that_lies_is_not_believed(lie: str) -> None:
    tree = Liar(LIES[lie])
    assert list_files(tree, WITH_LISTS) == list_files(Tree(CARD), WITH_SIZES)


@pytest.mark.parametrize("lie", ["one object", "dates that are all one"])
def test_a_camera_that_lied_once_is_not_asked_so_again(lie: str) -> None:
    tree = Liar(LIES[lie], {handle: shown for handle, shown in CARD.items() if handle < 31})
    tree.objects |= {50: Shown("b", 1), **{number: Shown(f"{number}", 50, 1) for number in range(60, 70)}}
    found = list_files(tree, WITH_LISTS)
    assert len(found) == 38
    assert tree.asked.count("list") <= 5


@pytest.mark.parametrize(
    "code", [Response.SPECIFICATION_BY_DEPTH_UNSUPPORTED, Response.OPERATION_NOT_SUPPORTED, 0x2002]
)
@pytest.mark.parametrize("number", list(ObjectProperty))
def test_a_list_that_is_refused_costs_time_and_nothing_else(number: ObjectProperty, code: int) -> None:
    class Refusing(Tree):
        def property_list(self, folder: int, wanted: ObjectProperty) -> bytes:
            if wanted == number:
                raise CameraRefusedError(Operation.GET_OBJECT_PROP_LIST, code)
            return super().property_list(folder, wanted)

    assert list_files(Refusing(CARD), WITH_LISTS) == list_files(Tree(CARD), WITH_SIZES)


@pytest.mark.parametrize("kind", [3, 10, 0x4006, 0x7777, 0xFFFF])
def test_a_size_of_another_type_is_not_believed(kind: int) -> None:
    class Odd(Tree):
        def property_list(self, folder: int, number: ObjectProperty) -> bytes:
            if number != ObjectProperty.OBJECT_SIZE:
                return super().property_list(folder, number)
            told = self.told(folder, number)
            return struct.pack("<I", len(told)) + b"".join(
                struct.pack("<IHHI", handle, number, kind, 5) for handle, _ in told
            )

    assert list_files(Odd(CARD), WITH_LISTS) == list_files(Tree(CARD), WITH_SIZES)


def test_without_dates_in_lists_and_files_lists_are_believed() -> None:
    class Undated(Tree):
        def property_list(self, folder: int, number: ObjectProperty) -> bytes:
            if number in {ObjectProperty.DATE_CREATED, ObjectProperty.DATE_MODIFIED}:
                raise CameraRefusedError(Operation.GET_OBJECT_PROP_LIST, Response.INVALID_OBJECT_PROP_CODE)
            return super().property_list(folder, number)

    card = {handle: shown._replace(created="", modified="") for handle, shown in CARD.items()}
    tree = Undated(card)
    assert list_files(tree, WITH_LISTS) == list_files(Tree(card), WITH_SIZES)
    assert tree.asked.count("info") == 2


@pytest.mark.parametrize("error", [SilentError("broke off"), LyingError("broke off")], ids=["silent", "lying"])
def test_a_list_that_is_broken_off_is_an_error(error: Exception) -> None:
    class Broken(Tree):
        def property_list(self, folder: int, number: ObjectProperty) -> bytes:  # noqa: ARG002
            self.unfinished = 7
            raise error

    with pytest.raises(type(error), match="broke off"):
        list_files(Broken(CARD), WITH_LISTS)


def test_a_model_known_to_lie_and_a_small_or_huge_folder_are_not_asked_for_lists() -> None:
    tree = Tree(CARD)
    list_files(tree, WITH_LISTS, Quirks(property_lists=False))
    small = Tree({number: Shown(f"{number}", 0, 1) for number in range(1, WORTH_A_LIST)})
    list_files(small, WITH_LISTS)
    huge = Tree({number: Shown(f"{number}", 0, 1) for number in range(LISTED_MAX + 1)})
    list_files(huge, WITH_LISTS)
    assert "list" not in tree.asked + small.asked + huge.asked
