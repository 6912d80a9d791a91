"""What a seeded fault is."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    """`old` stands once in `file`; with `new` in its place, `test` must fail."""

    promise: str
    fault: str
    file: str
    old: str
    new: str
    test: str
