"""The slip an officer takes away: where the journal says that the camera was brought back, and how to hold it to that.

Plain values: whoever prints or shows it draws it. It names no person: a slip is lost easily, and the journal knows who.
The short root is the head of the journal that ends with the signature, so a journal without it has another.
"""

from msgspec import Struct

from station.custody.docking import Docking
from station.stamp import beijing

SHORT_ROOT_DIGITS = 16
_GROUP = 4
VERSION = 1


class Slip(Struct, frozen=True):
    """`index`: the fact of the signature; `short_root`: of the journal of `index + 1` facts, the first hex digits."""

    origin: str
    index: int
    short_root: str
    zh: tuple[str, ...]
    en: tuple[str, ...]
    qr: str


class Signed(Struct, frozen=True):
    """A hand-over as its docking has it."""

    index: int
    by: str
    at_ms: int


def signed(docking: Docking) -> Signed | None:
    if docking.handover is None or docking.handed_over_by is None or docking.handed_over_ms is None:
        return None
    return Signed(docking.handover, docking.handed_over_by, docking.handed_over_ms)


def slip_of(origin: str, docking: Docking, handover: Signed, root: bytes) -> Slip:
    """The same however often it is asked for; but the camera's number is there once anybody knows it."""
    short = root.hex()[:SHORT_ROOT_DIGITS]
    shown = " ".join(short[place : place + _GROUP] for place in range(0, SHORT_ROOT_DIGITS, _GROUP))
    station = origin.split("/")[2]
    at = f"{beijing(handover.at_ms):%Y-%m-%d %H:%M:%S}"
    return Slip(
        origin,
        handover.index,
        short,
        (
            "执法记录仪归仓凭条",
            f"采集站 {station} · {docking.bay}号仓",
            f"机号 {docking.camera or '待识别'}",
            f"时间 {at}（北京时间）",
            f"日志链序号 {handover.index}",
            f"短根 {shown}",
        ),
        (
            "Camera brought back",
            f"Station {station} · bay {docking.bay}",
            f"Camera {docking.camera or 'not known yet'}",
            f"At {at} (Beijing time)",
            f"Journal entry {handover.index}",
            f"Short root {shown}",
        ),
        f"dockward-slip:{VERSION}:{origin}:{handover.index}:{short}",
    )
