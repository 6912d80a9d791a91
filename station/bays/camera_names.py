"""What the names a camera gives its files say: which clips were marked, and which number each has. Pure.

A technician describes them for each model in `station.toml`; where nothing is described, names say nothing.
"""

import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from functools import lru_cache

from hardware.wires import ListedFile
from station.config import CameraModelConfig

_DIGITS = "#"
_LAST_MS = 1 << 62
"""What tells no time comes after what does."""


def is_marked(model: CameraModelConfig | None, path: str) -> bool:
    """By its name alone or by its whole path."""
    patterns = model.marked if model is not None else ()
    name = path.rpartition("/")[2]
    return any(fnmatchcase(name, pattern) or fnmatchcase(path, pattern) for pattern in patterns)


def numbers_of(model: CameraModelConfig | None, files: Iterable[ListedFile]) -> Iterator[int]:
    """The numbers in the names of those files that have one."""
    if model is None or model.numbered is None:
        return
    pattern = _compiled(model.numbered)
    for file in files:
        found = pattern.fullmatch(file.path.rpartition("/")[2])
        if found:
            yield int(found[1])


@lru_cache(maxsize=64)
def _compiled(numbered: str) -> re.Pattern[str]:
    """`*` is anything and a row of `#` so many digits, of which there is one row."""
    before, _, rest = numbered.partition(_DIGITS)
    after = rest.lstrip(_DIGITS)
    count = len(rest) - len(after) + 1
    words = [".*".join(map(re.escape, part.split("*"))) for part in (before, after)]
    return re.compile(rf"{words[0]}([0-9]{{{count}}}){words[1]}", re.DOTALL)


def reading_order(model: CameraModelConfig | None, file: ListedFile) -> tuple[bool, int, str, int]:
    """Marked clips first, then the oldest; two of one time by their names."""
    begun_ms = file.begun_ms if file.begun_ms is not None else file.ended_ms
    return not is_marked(model, file.path), _LAST_MS if begun_ms is None else begun_ms, file.path, file.size_bytes
