"""Brings a camera that comes up in its vendor's mode to speak MTP, as the table of models says.

Such a camera leaves the USB tree and comes back at the same place as another product. Says nothing of what it sent.
"""

import errno
from collections.abc import Callable
from typing import Any

import usb.core  # type: ignore[import-untyped]
import usb.util  # type: ignore[import-untyped]

from hardware.camera_models import CameraModel, CameraModels
from hardware.usb_places import find_at
from hardware.wires import AbsentError, ForbiddenError, SilentError

_PATIENCE_MS = 2_000
_LOOKS = 40
_BETWEEN_LOOKS_S = 0.25
_TO_DEVICE_OF_VENDOR = usb.util.build_request_type(
    usb.util.CTRL_OUT, usb.util.CTRL_TYPE_VENDOR, usb.util.CTRL_RECIPIENT_DEVICE
)


def unlocked(usb_path: str, backend: Any, models: CameraModels, pause: Callable[[float], object]) -> CameraModel:
    """The model of what stands at this place when it was unlocked; most need not be."""
    found = find_at(usb_path, backend)
    if found is None:
        raise AbsentError(f"no camera at USB {usb_path}; is it plugged in there?")
    model = models.of(found.idVendor, found.idProduct)
    if model.unlock is None:
        return model
    step = model.unlock
    try:
        found.ctrl_transfer(
            _TO_DEVICE_OF_VENDOR, step.request, step.value, step.index, bytes.fromhex(step.data), _PATIENCE_MS
        )
    except (usb.core.USBError, NotImplementedError) as error:
        # a camera that obeys at once breaks this off: what counts is that it comes back
        if getattr(error, "errno", None) in {errno.EACCES, errno.EPERM}:
            raise ForbiddenError(
                f"the system does not let us unlock USB {usb_path}; install Dockward's udev rules"
            ) from error
    finally:
        usb.util.dispose_resources(found)
    for _ in range(_LOOKS):
        back = find_at(usb_path, backend)
        if back is not None and (back.idVendor, back.idProduct) == (found.idVendor, model.becomes):
            return models.of(back.idVendor, back.idProduct)
        pause(_BETWEEN_LOOKS_S)
    raise SilentError(f"{model.name} at USB {usb_path} does not unlock; take it out, restart it, and dock it again")
