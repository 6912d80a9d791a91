"""Runs pytest again and again, each time in a fork of a process that has imported what others wrote, nothing of ours.

Most of a short run is imports. `python forked_pytest.py` answers each line of JSON (`folder`, `said`, `words`) with an
exit code; what pytest prints goes into the file `said`. Runs one at a time, and keeps nothing between them.
"""

import gc
import json
import os
import sys
import warnings
from importlib import import_module

PRELOADED = (
    "asyncio",
    "cryptography.x509",
    "cryptography.hazmat.primitives.asymmetric.ec",
    "cryptography.hazmat.primitives.asymmetric.ed25519",
    "fastapi",
    "gpiozero",
    "httpx",
    "hypothesis.stateful",
    "immutables",
    "jinja2",
    "msgspec",
    "paho.mqtt.client",
    "pyrage",
    "pytest",
    "rfc3161_client",
    "serial",
    "sqlite_utils",
    "starlette.testclient",
    "usb.core",
    "uvicorn",
)


def main() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # each run hears of them itself, where it may
        for name in PRELOADED:
            import_module(name)
    gc.freeze()
    for line in sys.stdin:
        asked = json.loads(line)
        child = os.fork()
        if not child:
            _run(asked["folder"], asked["said"], asked["words"])
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def _run(folder: str, said: str, words: list[str]) -> None:
    """As `python -m pytest` in that folder."""
    import pytest  # noqa: PLC0415 - imported long before, in the process that was forked

    os.chdir(folder)
    sys.path[0] = folder
    told = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for descriptor, instead in ((0, nothing), (1, told), (2, told)):
        os.dup2(instead, descriptor)
    code = pytest.main(words)
    sys.stdout.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
