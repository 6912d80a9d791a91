"""Promise: what is plugged in and pulled out is heard from the kernel, and at which place."""

from collections.abc import Iterator

import pytest

from hardware.usb_arrivals import Arrivals, kernel_arrivals
from hardware.wires import Changes
from tests.rig.guest.conftest import AnyCamera
from tests.rig.guest.gadgets import Gadget

_HEARD_MS = 20_000


@pytest.fixture
def arrivals() -> Iterator[Arrivals]:
    heard = kernel_arrivals()
    yield heard
    assert not heard.deaf
    heard.stop()


def test_a_camera_pulled_out_and_put_back_is_heard(camera: AnyCamera, arrivals: Arrivals) -> None:
    place = camera.usb_path
    assert place in arrivals.next(0).arrived, "what was there before is new to who looks first"
    before = arrivals.plugging(place)
    camera.pull_out()
    assert arrivals.next(_HEARD_MS) == Changes(frozenset(), frozenset({place}))
    assert (camera.restart() if isinstance(camera, Gadget) else camera.dock()) == place
    assert arrivals.next(_HEARD_MS) == Changes(frozenset({place}), frozenset())
    assert arrivals.plugging(place) != before
