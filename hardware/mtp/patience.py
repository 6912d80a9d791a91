"""How long a camera may be silent, by what it was asked. Numbers only: whoever reads from the camera waits."""

from hardware.mtp.codes import Operation

DATA_MS = 20_000
"""Between two pieces of one answer: a card that is slow or busy with itself."""
_ORDINARY_MS = 10_000
_BY_OPERATION = {
    Operation.GET_DEVICE_INFO: 5_000,
    Operation.OPEN_SESSION: 5_000,
    Operation.CLOSE_SESSION: 5_000,
    Operation.GET_STORAGE_IDS: 20_000,
    Operation.GET_STORAGE_INFO: 20_000,
    Operation.GET_OBJECT_HANDLES: 90_000,  # some cameras read their whole card first
    Operation.GET_OBJECT_PROP_LIST: 90_000,
    Operation.GET_OBJECT: 30_000,  # a card that slept
    Operation.GET_PARTIAL_OBJECT: 30_000,
    Operation.GET_PARTIAL_OBJECT_64: 30_000,
    Operation.DELETE_OBJECT: 30_000,
}


def until_answered_ms(operation: Operation) -> int:
    """From the question to the first byte of its answer."""
    return _BY_OPERATION.get(operation, _ORDINARY_MS)
