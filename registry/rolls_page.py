"""What the ratio page shows: each department's cameras against its officers, from files that are read when they change.

Files that cannot be read are one line on the page and nothing else: the fleet goes on. Names of persons stay in the
rolls; the page has departments and numbers alone.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from msgspec import Struct

from registry.config import RollsConfig
from station.errors import DockwardError
from station.pages.ratio_words import RATIO_WORDS
from station.policy.civil_time import local_day
from station.policy.effective import EffectivePack
from station.policy.ratio import RatioTable, ratio_table
from station.policy.rolls import Rolls
from station.signing.policy_packs import pack_in_force
from station.signing.rolls_files import read_roll_files

RATIO_PAGE_WORDS: Mapping[str, str] = {
    **RATIO_WORDS,
    "Cameras on the rolls": "在册设备",
    "Classes": "类别合计",
    "Department": "部门",
    "Departments": "部门",
    "Name a pack and the files of officers and cameras under [rolls] in registry.toml": (
        "请在 registry.toml 的 [rolls] 中写明规则包 pack、执法人员名册 officers 和设备名册 cameras"
    ),
    "Nobody has said which rolls to count": "尚未设定名册文件",
    "Outcome": "结论",
    "Rolls cannot be read": "名册无法读取",
    "Rules": "规则",
    "not docked of late": "久未入站",
    "worn battery": "电池老化",
}


class RatioView(Struct, frozen=True):
    registry: str
    configured: bool
    trouble: str = ""
    table: RatioTable | None = None


def nothing_configured() -> RatioView:
    return RatioView("", configured=False)


class _Files(Struct, frozen=True):
    """What was read, and how the files looked just before."""

    looks: tuple[object, ...]
    pack: EffectivePack | None = None
    rolls: Rolls = Rolls()
    trouble: str = ""


class RatioBook:
    """Asked from any thread; at worst two of them read the same files."""

    def __init__(self, registry: str, config: RollsConfig | None, ca_pem: bytes, now_ms: Callable[[], int]) -> None:
        self._registry = registry
        self._config = config
        self._ca_pem = ca_pem
        self._now_ms = now_ms
        self._files: _Files | None = None

    def view(self) -> RatioView:
        if self._config is None:
            return RatioView(self._registry, configured=False)
        files = self._files = self._newest(self._config)
        if files.pack is None:
            return RatioView(self._registry, configured=True, trouble=files.trouble)
        table = ratio_table(files.pack, files.rolls, local_day(files.pack, self._now_ms()))
        return RatioView(self._registry, configured=True, table=table)

    def _newest(self, config: RollsConfig) -> _Files:
        looks = _looks(config)
        if self._files is not None and self._files.looks == looks:
            return self._files
        try:
            pack = pack_in_force(config.pack, self._ca_pem, self._now_ms())
            return _Files(looks, pack, read_roll_files(config.officers, config.cameras, config.bodies))
        except DockwardError as error:
            return _Files(looks, trouble=str(error))


def _looks(config: RollsConfig) -> tuple[object, ...]:
    """Differs as soon as a file was written, replaced, removed or put there: the pack's, or one it may stand on."""
    paths = [Path(one) for one in (config.officers, config.cameras, config.bodies) if one]
    if config.pack.endswith(".toml"):
        paths += sorted(Path(config.pack).parent.glob("*.toml*"))
    return tuple(map(_look, paths))


def _look(path: Path) -> tuple[object, ...]:
    try:
        seen = path.stat()
    except OSError:
        return (path,)
    return path, seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns
