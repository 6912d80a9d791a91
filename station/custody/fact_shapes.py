"""What facts are made of: the limits of every number and word in the journal, and the shape all bodies share."""

from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

INTEGER_MAX = 2**53 - 1
"""The largest integer every JSON reader keeps exact."""
RECORDINGS_PER_ORDER_MAX = 256
PROOFS_CITED_MAX = 8
"""So many recordings with so many proofs each stay below the 65,535 bytes of an entry; orders are cut to it."""


FactNumber = Annotated[int, Meta(ge=0, le=INTEGER_MAX)]
Milliseconds = Annotated[int, Meta(ge=-INTEGER_MAX, le=INTEGER_MAX)]
ErrorMilliseconds = Annotated[int, Meta(ge=0, le=INTEGER_MAX)]
Percent = Annotated[int, Meta(ge=0, le=100)]
Digest = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
Identifier = Annotated[str, Meta(min_length=1, max_length=128)]
CameraId = Annotated[str, Meta(pattern=r"^(?!docking-\d)(?s:.){1,96}\Z")]
"""What a camera calls itself; never what we call a docking whose camera nobody knows: see `unknown_camera`."""
Code = Annotated[str, Meta(pattern=r"^[A-Z][A-Z0-9_]{0,63}\Z")]
PackCode = Annotated[str, Meta(pattern=r"^[A-Z][A-Z0-9_-]{0,63}\Z")]
"""A code that packs define: of an activity, a reason, a category."""
Rule = Annotated[str, Meta(max_length=96)]
"""The parameter that decided; empty where nothing but physics did."""
Minutes = Annotated[int, Meta(ge=0, le=1_000_000)]
Articles = Annotated[tuple[Identifier, ...], Meta(max_length=16)]
Sealed = dict[str, Digest]
FactNumbers = Annotated[tuple[FactNumber, ...], Meta(max_length=RECORDINGS_PER_ORDER_MAX)]


def unknown_camera(docking: int) -> str:
    """What stands where a camera would, for whatever was in the bay."""
    return f"docking-{docking}"


class FactBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """What happened. Each subclass is one kind of fact in one version."""

    type: ClassVar[str]
    v: ClassVar[int] = 1
    zh: ClassVar[str]
    private: ClassVar[tuple[str, ...]] = ()


class SealedBody(FactBody, frozen=True):
    """What happened, with words beside it: `sealed` holds their commitments, by field."""

    sealed: Sealed = {}
