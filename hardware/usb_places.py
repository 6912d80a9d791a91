"""What is plugged in where on the USB tree, and of what kind it is. Opens only what would not say its kind else.

A place is written as the kernel does: `1-1.4` is the bus and the ports on the way down. Ports are soldered, buses are
counted as their controllers come up: with several controllers a bus may have another number after a restart, and one
socket of a USB 3 hub is a place on two buses. Wire the bays to one controller, and read the places off `places()`.
"""

import threading
from collections.abc import Iterable, Iterator
from typing import Any, Literal, NamedTuple

import usb.backend.libusb1  # type: ignore[import-untyped]
import usb.core  # type: ignore[import-untyped]
import usb.util  # type: ignore[import-untyped]

from hardware.camera_models import CameraModels
from hardware.wires import HostError

STILL_IMAGE_INTERFACE = (6, 1, 1)
VENDOR_CLASS = 0xFF
_MASS_STORAGE_CLASS = 8
_HUB_CLASS = 9

_loading = threading.Lock()

Kind = Literal["mtp", "disk", "locked", "other"]


class Attached(NamedTuple):
    """Something on the USB tree, from plugging in to pulling out: put back, it has another address."""

    usb_path: str
    vendor: int
    product: int
    address: int


class Place(NamedTuple):
    """`locked` is a camera that must be unlocked before it speaks MTP; `model` is None where it is not in our table."""

    usb_path: str
    vendor: int
    product: int
    kind: Kind
    model: str | None


def attached(backend: Any) -> frozenset[Attached]:
    """Nothing is opened for it."""
    return frozenset(
        Attached(path, found.idVendor, found.idProduct, found.address) for path, found in _all_but_hubs(backend)
    )


def places(backend: Any, models: CameraModels) -> tuple[Place, ...]:
    """In the order of the USB tree."""
    listed = []
    for path, found in _all_but_hubs(backend):
        model = models.of(found.idVendor, found.idProduct)
        kind: Kind = _kind(found) if model.unlock is None else "locked"
        listed.append(Place(path, found.idVendor, found.idProduct, kind, model.name))
    return tuple(sorted(listed, key=lambda place: _numbers(place.usb_path)))


def find_at(usb_path: str, backend: Any) -> Any | None:
    """What is plugged in at this place now."""
    return next((found for path, found in _everything(backend) if path == usb_path), None)


def mtp_interface(found: Any, interfaces: Iterable[Any]) -> Any | None:
    """By what it says it is; some vendors have a class of their own and say MTP only in its name."""
    for interface in interfaces:
        kind = (interface.bInterfaceClass, interface.bInterfaceSubClass, interface.bInterfaceProtocol)
        if kind == STILL_IMAGE_INTERFACE or (kind[0] == VENDOR_CLASS and "MTP" in _name(found, interface.iInterface)):
            return interface
    return None


def is_disk(interfaces: Iterable[Any]) -> bool:
    return any(interface.bInterfaceClass == _MASS_STORAGE_CLASS for interface in interfaces)


def _all_but_hubs(backend: Any) -> Iterator[tuple[str, Any]]:
    return ((path, found) for path, found in _everything(backend) if found.bDeviceClass != _HUB_CLASS)


def _everything(backend: Any) -> Iterator[tuple[str, Any]]:
    """All but what is plugged in nowhere: the controllers."""
    try:
        everything = list(usb.core.find(find_all=True, backend=_libusb() if backend is None else backend))
    except (usb.core.USBError, NotImplementedError) as error:
        raise HostError(f"the system does not say what is plugged in to USB: {error}; look at dmesg") from error
    except usb.core.NoBackendError as error:
        raise HostError("libusb is not installed; install it: apt-get install libusb-1.0-0") from error
    for found in everything:
        if found.port_numbers:
            yield f"{found.bus}-{'.'.join(str(number) for number in found.port_numbers)}", found


def _libusb() -> Any | None:
    """One for all threads: pyusb makes one for each that asks while there is none, and frees it under its devices."""
    with _loading:
        return usb.backend.libusb1.get_backend()


def _kind(found: Any) -> Kind:
    """Whoever asks what is there is not told that one of many cannot be asked: that one is something else."""
    try:
        interfaces = [interface for configuration in found for interface in configuration]
        if mtp_interface(found, interfaces) is not None:
            return "mtp"
        return "disk" if is_disk(interfaces) else "other"
    except (usb.core.USBError, NotImplementedError):
        return "other"
    finally:
        usb.util.dispose_resources(found)


def _name(found: Any, index: int) -> str:
    try:
        return str(usb.util.get_string(found, index) or "")
    except ValueError:  # it has no strings in any language
        return ""


def _numbers(usb_path: str) -> tuple[int, ...]:
    return tuple(int(number) for number in usb_path.replace("-", ".").split("."))
