"""What cameras are like in these tests, and what goes wrong with them: by name, for D and as far as it can for C."""

from hardware.simulated.camera import Habits
from hardware.simulated.faults import Fault, Kind, UsbTraits
from hardware.wires import AbsentError, ForbiddenError, LyingError, SilentError, WireError

GET_DEVICE_INFO, GET_OBJECT, PARTIAL, PARTIAL_64 = 0x1001, 0x1009, 0x101B, 0x95C1

HABITS = {
    "a header of its own": Habits(split_header=True),
    "no empty packet": Habits(empty_packets=False),
    "a header of its own, no empty packet": Habits(split_header=True, empty_packets=False),
    "no partial reads": Habits(without=frozenset({PARTIAL, PARTIAL_64})),
    "sizes modulo 4 GiB": Habits(sizes="modulo"),
    "the root is folder 0": Habits(roots=frozenset({0}), lists_everything=False),
    "one property in the list": Habits(property_list="first"),
    "a truncated property list": Habits(property_list="truncated"),
    "other handles each session": Habits(rekeys=True),
    "says who it is in a session only": Habits(opens_before_info=True),
}
TRAITS = {
    "an interface of its vendor's, called MTP": UsbTraits(interface_name="MTP"),
    "no interrupt endpoint": UsbTraits(interrupts=False),
    "no status": UsbTraits(knows_status=False),
}
FAULTS: dict[str, tuple[Fault, type[WireError]]] = {
    "cut short": (Fault(Kind.CUT, GET_OBJECT, at=1000), WireError),
    "another transaction": (Fault(Kind.TRANSACTION, GET_OBJECT, value=77), LyingError),
    "another length": (Fault(Kind.LENGTH, GET_OBJECT, value=5000), LyingError),
    "a stray byte": (Fault(Kind.STRAY, GET_OBJECT), WireError),
    "refused": (Fault(Kind.REFUSE, GET_OBJECT, value=0x200F), ForbiddenError),
    "stalled at its first byte": (Fault(Kind.STALL, GET_OBJECT), WireError),
    "stalled in the middle": (Fault(Kind.STALL, GET_OBJECT, at=100_000), WireError),
    "both endpoints stalled": (Fault(Kind.STALL, GET_OBJECT, at=100_000, value=1), WireError),
    "silent in the middle": (Fault(Kind.SILENCE, GET_OBJECT, at=100_000), SilentError),
    "vanished": (Fault(Kind.VANISH, GET_OBJECT, at=100_000), AbsentError),
}
