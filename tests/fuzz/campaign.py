"""A campaign of malformed answers: `python -m tests.fuzz.campaign TARGET [libFuzzer's options]`, under atheris.

Begins with the kept corpus. What it finds new stays in a folder that is not kept; a crash is written beside it and
printed.
"""

import sys
from pathlib import Path

import atheris  # type: ignore[import-untyped]

with atheris.instrument_imports(include=["hardware.mtp", "hardware.usb_cameras"]):
    from tests.fuzz.targets import TARGETS

CORPUS = Path(__file__).with_name("corpus")
FOUND = Path(".fuzz-venv/found")
_BYTES_MAX, _RESIDENT_MIB_MAX, _SECONDS_MAX = 2_048, 512, 20


def main() -> None:
    name, *options = sys.argv[1:]
    found, kept = FOUND / name, CORPUS / name
    for folder in (found, kept):
        folder.mkdir(parents=True, exist_ok=True)
    limits = (f"-max_len={_BYTES_MAX}", f"-rss_limit_mb={_RESIDENT_MIB_MAX}", f"-timeout={_SECONDS_MAX}")
    folders = (str(found), str(kept))
    crashes = f"-artifact_prefix={FOUND}/{name}-"
    atheris.Setup([sys.argv[0], *limits, crashes, *options, *folders], TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
