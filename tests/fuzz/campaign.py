"""A campaign of malformed answers: `python -m tests.fuzz.campaign TARGET [libFuzzer's options]`, under atheris.

Begins with the kept corpus. What it finds new stays in a folder that is not kept; a crash is written beside it and
printed. With `-merge=1` it tries nothing new: the fewest of all these inputs that reach the same places are put into
another folder, to become the kept corpus.
"""

import sys
from pathlib import Path

import atheris  # type: ignore[import-untyped]

with atheris.instrument_imports(
    include=["hardware.mtp", "hardware.usb_cameras", "hardware.usb_pipe", "hardware.usb_places", "hardware.usb_unlock"]
):
    from tests.fuzz.targets import TARGETS

CORPUS = Path(__file__).with_name("corpus")
FOUND, FEWEST = Path(".fuzz-venv/found"), Path(".fuzz-venv/fewest")
_MERGE, _ONLY_PLACES = "-merge=1", "-use_counters=0"
_BYTES_MAX, _RESIDENT_MIB_MAX, _SECONDS_MAX = 2_048, 512, 20


def main() -> None:
    name, *options = sys.argv[1:]
    found, kept = FOUND / name, CORPUS / name
    folders: tuple[Path, ...] = (found, kept)
    if _MERGE in options:
        folders, options = (FEWEST / name, *folders), [*options, _ONLY_PLACES]
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
    lengths = (f"-max_len={_BYTES_MAX}", "-len_control=0")  # a short campaign would try short answers only
    limits = (*lengths, f"-rss_limit_mb={_RESIDENT_MIB_MAX}", f"-timeout={_SECONDS_MAX}")
    again = f"{sys.executable} -m tests.fuzz.campaign {name}"  # merging runs in a process of its own
    crashes = f"-artifact_prefix={FOUND}/{name}-"
    atheris.Setup([again, *limits, crashes, *options, *map(str, folders)], TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
