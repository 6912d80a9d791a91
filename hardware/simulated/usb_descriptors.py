"""How a simulated camera describes itself to USB, as pyusb's backends hand descriptors over. Values only."""

from types import SimpleNamespace

from hardware.simulated.camera_transfers import PACKET_BYTES
from hardware.simulated.faults import UsbTraits

BULK_IN, BULK_OUT, INTERRUPT_IN = 0x81, 0x02, 0x83
VENDOR, PRODUCT = 0x1209, 0x0001
INTERRUPT_BYTES = 64
_STILL_IMAGE = (6, 1, 1)
_MASS_STORAGE = (8, 6, 0x50)
_VENDORS_OWN = (255, 255, 0)
_NAME = 1
_ENGLISH = b"\x09\x04"


def device(place: str, address: int) -> SimpleNamespace:
    bus, _, ports = place.partition("-")
    numbers = tuple(int(number) for number in ports.split("."))
    return SimpleNamespace(
        bLength=18, bDescriptorType=1, bcdUSB=0x200, bDeviceClass=0, bDeviceSubClass=0, bDeviceProtocol=0,
        bMaxPacketSize0=64, idVendor=VENDOR, idProduct=PRODUCT, bcdDevice=0x100, iManufacturer=0, iProduct=0,
        iSerialNumber=0, bNumConfigurations=1, address=address, bus=int(bus), port_number=numbers[-1],
        port_numbers=numbers, speed=3,
    )  # fmt: skip


def configuration(traits: UsbTraits) -> SimpleNamespace:
    return SimpleNamespace(
        bLength=9, bDescriptorType=2, wTotalLength=18 + 7 * len(_endpoints(traits)), bNumInterfaces=1,
        bConfigurationValue=1, iConfiguration=0, bmAttributes=0x80, bMaxPower=250, extra_descriptors=[],
    )  # fmt: skip


def interface(traits: UsbTraits) -> SimpleNamespace:
    named = traits.interface_name is not None
    kind = _MASS_STORAGE if traits.mass_storage else _VENDORS_OWN if named else _STILL_IMAGE
    return SimpleNamespace(
        bLength=9, bDescriptorType=4, bInterfaceNumber=0, bAlternateSetting=0, bNumEndpoints=len(_endpoints(traits)),
        bInterfaceClass=kind[0], bInterfaceSubClass=kind[1], bInterfaceProtocol=kind[2],
        iInterface=_NAME if named else 0, extra_descriptors=[],
    )  # fmt: skip


def endpoint(traits: UsbTraits, place: int) -> SimpleNamespace:
    address, attributes, packet = _endpoints(traits)[place]
    return SimpleNamespace(
        bLength=7, bDescriptorType=5, bEndpointAddress=address, bmAttributes=attributes, wMaxPacketSize=packet,
        bInterval=6, bRefresh=0, bSynchAddress=0, extra_descriptors=[],
    )  # fmt: skip


def string(traits: UsbTraits, number: int) -> bytes | None:
    """None where there is none of that number."""
    if number == 0:
        text = _ENGLISH
    elif number == _NAME and traits.interface_name is not None:
        text = traits.interface_name.encode("utf-16-le")
    else:
        return None
    return bytes([len(text) + 2, 3]) + text


def _endpoints(traits: UsbTraits) -> tuple[tuple[int, int, int], ...]:
    bulk = ((BULK_IN, 2, PACKET_BYTES), (BULK_OUT, 2, PACKET_BYTES))
    interrupt = traits.interrupts and not traits.mass_storage
    return (*bulk, (INTERRUPT_IN, 3, INTERRUPT_BYTES)) if interrupt else bulk
