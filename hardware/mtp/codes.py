"""The numbers of MTP 1.1 that are spoken here. Numbers only."""

from enum import IntEnum


class Operation(IntEnum):
    GET_DEVICE_INFO = 0x1001
    OPEN_SESSION = 0x1002
    CLOSE_SESSION = 0x1003
    GET_STORAGE_IDS = 0x1004
    GET_OBJECT_HANDLES = 0x1007
    GET_OBJECT_INFO = 0x1008
    GET_OBJECT = 0x1009
    DELETE_OBJECT = 0x100B
    GET_DEVICE_PROP_DESC = 0x1014
    GET_DEVICE_PROP_VALUE = 0x1015
    SET_DEVICE_PROP_VALUE = 0x1016
    GET_OBJECT_PROP_VALUE = 0x9803


class Response(IntEnum):
    OK = 0x2001
    SESSION_NOT_OPEN = 0x2003
    OPERATION_NOT_SUPPORTED = 0x2005
    INVALID_OBJECT_HANDLE = 0x2009
    DEVICE_PROP_NOT_SUPPORTED = 0x200A
    DEVICE_BUSY = 0x2019
    INVALID_PARENT_OBJECT = 0x201A
    SESSION_ALREADY_OPEN = 0x201E
    INVALID_OBJECT_PROP_CODE = 0xA801
    OBJECT_PROP_NOT_SUPPORTED = 0xA80A


class DeviceProperty(IntEnum):
    BATTERY_LEVEL = 0x5001
    DATE_TIME = 0x5011


class ObjectProperty(IntEnum):
    OBJECT_SIZE = 0xDC04


ASSOCIATION = 0x3001
"""The object format of a folder."""
EVERY_FORMAT = 0
ROOT = 0xFFFFFFFF
"""As the parent asked for: what lies in no folder."""
EVERY_PARENT = 0
SIZE_UNKNOWN = 0xFFFFFFFF
"""As a size of 32 bits: larger than that. As the length of a container: counted elsewhere."""


def name_of(code: int, names: type[IntEnum]) -> str:
    """For messages: `GET_OBJECT (0x1009)`, or the number alone where it has no name here."""
    return f"{names(code).name} ({code:#06x})" if code in set(names) else f"{code:#06x}"
