"""Facts about disks that are gone for good: asked, looked at by other hands, and then written off or not.

Grounds and remarks are words about persons: they are private, and sealed in the entry.
"""

from msgspec import Struct

from station.custody.fact_shapes import Articles, Code, FactBody, FactNumber, Identifier, Rule, SealedBody


class DiskWriteOffAsked(SealedBody, frozen=True, kw_only=True):
    """The custodian says that a disk with second copies is gone for good. The wish is known by this fact's number.

    `gone`: DESTROYED, so that nobody can read it, or LOST, so that somebody may.
    """

    type = "disk_write_off_asked"
    zh = "申请注销资料磁盘"
    private = ("ground",)
    disk: Identifier
    gone: Code


class DiskWriteOffReviewed(SealedBody, frozen=True, kw_only=True):
    """The third hand, between who asked and who approves, has looked at it."""

    type = "disk_write_off_reviewed"
    zh = "注销资料磁盘审核"
    private = ("remark",)
    write_off: FactNumber


class DiskWriteOffRefused(SealedBody, frozen=True, kw_only=True):
    """The disk is still asked for; its copies go on counting."""

    type = "disk_write_off_refused"
    zh = "不予注销资料磁盘"
    private = ("remark",)
    write_off: FactNumber


class DiskWrittenOff(SealedBody, frozen=True, kw_only=True):
    """Another hand agreed: from here on no copy on it counts, and nobody asks for it. Nothing takes this back.

    LOST says that nobody knows who has it: footage on it is not proved deleted, now or by a later purge. `rule` is the
    parameter that gave this hand the approval; without articles it is a default, not law.
    """

    type = "disk_written_off"
    zh = "注销资料磁盘"
    private = ("remark",)
    write_off: FactNumber
    disk: Identifier
    gone: Code
    articles: Articles
    rule: Rule


class UnseenDisk(Struct, frozen=True, forbid_unknown_fields=True):
    """A disk that a purge could not delete from: written off by which fact, as LOST or DESTROYED."""

    written_off: FactNumber
    gone: Code


FACTS_OF_DISKS: tuple[type[FactBody], ...] = (
    DiskWriteOffAsked,
    DiskWriteOffReviewed,
    DiskWriteOffRefused,
    DiskWrittenOff,
)
