"""Which file of a camera is which, and by which listing the bytes it shows are held. Pure; reads nothing of a camera.

What was held before may have been filmed over since, under the same name, size and time: only its digest tells.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import sha256

from hardware.wires import ListedFile
from station.custody import observations as seen
from station.custody.fact_shapes import INTEGER_MAX
from station.custody.fitting_names import fitting
from station.custody.recording import Recording
from station.store.listings import Owed

TWIN, _TWIN_CHARACTERS = "~", 16
_NOT_COMPARED = "?"
_LISTING_CHARACTERS = 32
_CALLED_CHARACTERS = 8

Families = Mapping[str, Sequence[Recording]]
"""What is held of a camera, by the listing its files show; more than one where files were filmed over."""


def listing_of(file: ListedFile) -> str:
    """Tells one file from every other a camera ever had, and holds no name."""
    told = f"{file.path}\0{file.size_bytes}\0{file.begun_ms}\0{file.ended_ms}"
    return sha256(told.encode(errors="surrogatepass")).hexdigest()[:_LISTING_CHARACTERS]


def families_of(held: Iterable[Recording]) -> Families:
    families: dict[str, list[Recording]] = {}
    for recording in held:
        families.setdefault(shown_listing(recording.listing), []).append(recording)
    return families


def shown_listing(listing: str) -> str:
    """What the file itself shows, whatever it is held under."""
    return listing.partition(TWIN)[0]


def twin_listing(listing: str, digest: str) -> str:
    return f"{listing}{TWIN}{digest[:_TWIN_CHARACTERS]}"


def listed_as(
    listing: str, family: Sequence[Recording], digest: str | None, damaged: Callable[[Recording], bool]
) -> Sequence[str]:
    """The listings its bytes are held by, or one that is not held.

    What could not be compared may be what is held, and so is not gone; or new, and so is not held. What is not on our
    disk any more as it was held is both, too.
    """
    if not family:
        return (listing,)
    same = next((held for held in family if held.sha256 == digest), None)
    if digest is None or (same is not None and damaged(same)):
        return (*(held.listing for held in family), f"{listing}{TWIN}{_NOT_COMPARED}")
    return (same.listing if same else twin_listing(listing, digest),)


def nameless(error: Exception, listing: str, file: ListedFile) -> str:
    """What went wrong with a file, for people: its name may hold a person's, so it is called by its listing."""
    words, called = str(error), listing[:_CALLED_CHARACTERS]
    for name in (file.path, file.path.rpartition("/")[2]):
        words = words.replace(repr(name), called)
    return words


def described(files: Mapping[str, ListedFile]) -> bool:
    """Whether the camera says of everything it lists what it is; else anything may be there."""
    return all(file.described for file in files.values())


def owed(files: Mapping[str, ListedFile], families: Families, before: Iterable[Owed], docking: int) -> tuple[Owed, ...]:
    """What is on the camera and not held, in the order it was shown; each with the docking that showed it first."""
    first = {one.listing: one.docking for one in before}
    return tuple(
        Owed(
            listing,
            fitting(file.path),
            file.size_bytes,
            file.begun_ms,
            file.ended_ms,
            first.get(listing, docking),
        )
        for listing, file in files.items()
        if listing not in families and file.size_bytes <= INTEGER_MAX and file.described
    )


def missed(files: Mapping[str, ListedFile], families: Families, before: Sequence[Owed]) -> tuple[Owed, ...]:
    """What was shown, is not held, and is not listed now.

    What grew under its name is there. What has another time and not one byte more or less is: a clock was set. And so
    is what has another name and was not listed before, of the same size and times: the camera closed it.
    """
    gone = [one for one in before if one.listing not in files and one.listing not in families]
    if not gone:
        return ()
    shown = {one.listing for one in before}
    sizes: dict[str, int] = {}
    renamed: Counter[tuple[int, int | None, int | None]] = Counter()
    for listing, file in files.items():
        name = fitting(file.path)
        sizes[name] = max(file.size_bytes, sizes.get(name, 0))
        if listing not in shown and listing not in families and None not in (file.begun_ms, file.ended_ms):
            renamed[file.size_bytes, file.begun_ms, file.ended_ms] += 1
    lacked = []
    for one in gone:
        times = one.size_bytes, one.begun_ms, one.ended_ms
        if sizes.get(one.name, -1) >= one.size_bytes:
            continue
        if renamed[times]:
            renamed[times] -= 1  # each other name is that of one file
        else:
            lacked.append(one)
    return tuple(lacked)


def missed_file(one: Owed) -> seen.MissedFile:
    return seen.MissedFile(
        listing=one.listing,
        size_bytes=one.size_bytes,
        original_name=one.name,
        begun_device_ms=one.begun_ms,
        ended_device_ms=one.ended_ms,
    )
