"""Promise: libusb is opened once, whoever asks first; a second one is freed under its devices, and crashes them."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import usb.backend.libusb1  # type: ignore[import-untyped]

from hardware.usb_places import attached

_THREADS = 8


class _SlowLibrary:
    """Opening libusb takes a moment, in which other threads run."""

    opened = 0

    def __init__(self, _library: Any) -> None:
        threading.Event().wait(0.05)
        _SlowLibrary.opened += 1

    def enumerate_devices(self) -> list[Any]:
        return []


def test_threads_that_ask_at_once_share_one_libusb(monkeypatch: pytest.MonkeyPatch) -> None:
    _SlowLibrary.opened = 0
    monkeypatch.setattr(usb.backend.libusb1, "_lib_object", None)
    monkeypatch.setattr(usb.backend.libusb1, "_load_library", lambda find_library: find_library)
    monkeypatch.setattr(usb.backend.libusb1, "_setup_prototypes", lambda _library: None)
    monkeypatch.setattr(usb.backend.libusb1, "_LibUSB", _SlowLibrary)
    with ThreadPoolExecutor(_THREADS) as threads:
        assert list(threads.map(attached, [None] * _THREADS)) == [frozenset()] * _THREADS
    assert _SlowLibrary.opened == 1
