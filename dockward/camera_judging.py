"""Is a camera one to buy for docking? Judged from what it says it can do. Pure: asks no camera.

Each point weighs: fit, fit on a condition, unfit. The verdict is the heaviest.
"""

from collections.abc import Iterator
from enum import StrEnum

from msgspec import Struct

from hardware.usb_places import Kind

_PERCENT = 100
_COARSE = 10
"""A scale of so few steps tells no charge that a plan can rest on."""
_BITS_OF_4_GIB = 32


class Verdict(StrEnum):
    """In order of weight."""

    FIT = "fit"
    CONDITIONAL = "conditional"
    UNFIT = "unfit"


_WEIGHTS = tuple(Verdict)


class Point(Struct, frozen=True):
    """One thing that was looked at."""

    about: str
    weight: Verdict
    zh: str
    en: str


class Abilities(Struct, frozen=True):
    """What one camera says of itself, and what it did when it was asked."""

    serial: str
    model: str
    files: int
    lacks: tuple[str, ...]
    """Operations without which no file can be read."""
    deletes: bool
    deletable_cards: bool
    tells_time: bool
    sets_time: bool
    battery_percent: int | None
    battery_largest: int | None
    """To what it counts, where it says so."""
    sizes_of_64_bits: bool
    sizes_modulo_4_gib: bool
    reads_from_bits: int
    """Bits of the offset that it sends a file from; 0: only from the start."""
    lists_folders_at_once: bool
    tells_free_space: bool
    tells_events: bool


def judged(kind: Kind, abilities: Abilities | None, broken: str | None) -> tuple[Verdict, tuple[Point, ...]]:
    points = tuple(_of_mtp(abilities)) if abilities is not None else (_of_another_kind(kind, broken),)
    return max((point.weight for point in points), key=_WEIGHTS.index), points


def _of_another_kind(kind: Kind, broken: str | None) -> Point:
    if broken is not None:
        zh = "设备违反 MTP 协议或没有序列号"
        return Point("protocol", Verdict.UNFIT, zh, f"it breaks the protocol, or has no serial number: {broken}")
    if kind == "disk":
        return Point(
            "disk",
            Verdict.CONDITIONAL,
            "以 U 盘方式连接：请在设备上切换为 MTP 模式后再测；不能切换的，U 盘驱动尚未提供，暂不可用",
            "it shows itself as a disk: switch it to MTP and probe it again; one that cannot is of no use yet, since "
            "there is no driver for disks",
        )
    return Point(
        "usb",
        Verdict.UNFIT,
        "既非 MTP 也非 U 盘：请在设备上打开“文件传输”，或向厂家索取 MTP 固件",
        "it offers neither MTP nor a disk: switch it to file transfer, or ask its maker for firmware with MTP",
    )


def _of_mtp(can: Abilities) -> Iterator[Point]:
    if can.lacks:
        yield Point(
            "reading", Verdict.UNFIT, "不能列出或读取文件", f"cannot list or send files: {', '.join(can.lacks)}"
        )
    else:
        yield Point(
            "reading", Verdict.FIT, f"可列出并读取文件（现有 {can.files} 个）", f"lists {can.files} files, sends them"
        )
    yield _deletion(can)
    yield from _clock(can)
    yield _battery(can)
    yield from _large_files(can)
    yield _resuming(can)
    yield _listing(can)
    yield _space(can)
    yield _events(can)


def _deletion(can: Abilities) -> Point:
    if not can.deletes:
        return Point(
            "deletion", Verdict.UNFIT, "不支持删除，归仓后无法清空", "cannot delete: no station ever clears it"
        )
    if not can.deletable_cards:
        return Point(
            "deletion", Verdict.CONDITIONAL, "存储卡只读：先解除写保护", "its card is read-only: unprotect it first"
        )
    return Point("deletion", Verdict.FIT, "自述可删除", "says that it deletes")


def _clock(can: Abilities) -> Iterator[Point]:
    if not can.tells_time:
        zh = "不能读取时钟：录像时间的误差无从得知，须人工校时"
        yield Point(
            "clock", Verdict.CONDITIONAL, zh, "tells no time: nobody knows how far its recordings' times are off"
        )
        return
    yield Point("clock", Verdict.FIT, "可读取时钟", "tells its time")
    if can.sets_time:
        yield Point("clock_set", Verdict.FIT, "自述可校时", "says that its clock can be set")
    else:
        zh = "不能校时：须定期在设备上校时"
        yield Point(
            "clock_set", Verdict.CONDITIONAL, zh, "its clock cannot be set by the dock: set it by hand, regularly"
        )


def _battery(can: Abilities) -> Point:
    if can.battery_percent is None:
        zh = "不报告电量：采集站只能按时间充电"
        return Point("battery", Verdict.CONDITIONAL, zh, "does not say its charge: the dock can only charge it by time")
    scale = _PERCENT if can.battery_largest is None else can.battery_largest
    zh, en = (
        f"报告电量 {can.battery_percent}%（量程 {scale}）",
        f"says its charge, {can.battery_percent}% (counts to {scale})",
    )
    if scale < _COARSE:
        return Point("battery", Verdict.CONDITIONAL, f"{zh}，过粗", f"{en}; that is coarse")
    return Point("battery", Verdict.FIT, zh, en)


def _large_files(can: Abilities) -> Iterator[Point]:
    if can.sizes_of_64_bits:
        yield Point("large_files", Verdict.FIT, "自述支持 64 位文件大小", "says sizes of files in 64 bits")
    else:
        zh = "文件大小只有 32 位：须设为分段录像，单个文件小于 4 GiB"
        yield Point("large_files", Verdict.CONDITIONAL, zh, "sizes have 32 bits: set it to clips below 4 GiB each")
    if can.sizes_modulo_4_gib:
        yield Point(
            "large_files_wire",
            Verdict.FIT,
            "大文件长度回绕，已按型号表处理",
            "counts modulo 4 GiB on the wire; handled",
        )


def _resuming(can: Abilities) -> Point:
    if can.reads_from_bits > _BITS_OF_4_GIB:
        return Point("resuming", Verdict.FIT, "中断后可续传", "a cut transfer goes on where it was")
    if can.reads_from_bits:
        return Point("resuming", Verdict.FIT, "4 GiB 以内可续传", "a cut transfer goes on where it was, below 4 GiB")
    zh = "不能续传：中断后整个文件重读"
    return Point(
        "resuming", Verdict.CONDITIONAL, zh, "no partial reads: a file that was cut is read again from its start"
    )


def _listing(can: Abilities) -> Point:
    """Never a condition: it only takes longer."""
    if can.lists_folders_at_once:
        return Point("listing", Verdict.FIT, "自述可批量列目录", "says that it lists folders at once")
    return Point(
        "listing", Verdict.FIT, "逐个文件列目录，文件多时较慢", "lists file by file: slower where there are many"
    )


def _space(can: Abilities) -> Point:
    if can.tells_free_space:
        return Point("space", Verdict.FIT, "报告剩余空间", "says how much room is left")
    return Point("space", Verdict.FIT, "不报告剩余空间", "does not say how much room is left")


def _events(can: Abilities) -> Point:
    """Never a condition: nothing rests on what a camera says unasked; its card is listed again."""
    if can.tells_events:
        return Point("events", Verdict.FIT, "有事件端点，消息随到随读", "has an endpoint for events; it is always read")
    zh = "没有事件端点：归仓期间新录的文件靠重新列目录发现"
    return Point("events", Verdict.FIT, zh, "no endpoint for events: what it films while docked is found by listing")
