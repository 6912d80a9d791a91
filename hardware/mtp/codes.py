"""The numbers of MTP 1.1 that are spoken here. Numbers only."""

from enum import IntEnum


class Operation(IntEnum):
    GET_DEVICE_INFO = 0x1001
    OPEN_SESSION = 0x1002
    CLOSE_SESSION = 0x1003
    GET_STORAGE_IDS = 0x1004
    GET_STORAGE_INFO = 0x1005
    GET_OBJECT_HANDLES = 0x1007
    GET_OBJECT_INFO = 0x1008
    GET_OBJECT = 0x1009
    DELETE_OBJECT = 0x100B
    GET_DEVICE_PROP_DESC = 0x1014
    GET_DEVICE_PROP_VALUE = 0x1015
    SET_DEVICE_PROP_VALUE = 0x1016
    GET_PARTIAL_OBJECT = 0x101B
    GET_PARTIAL_OBJECT_64 = 0x95C1
    GET_OBJECT_PROP_VALUE = 0x9803
    GET_OBJECT_PROP_LIST = 0x9805


class Response(IntEnum):
    OK = 0x2001
    GENERAL_ERROR = 0x2002
    SESSION_NOT_OPEN = 0x2003
    INVALID_TRANSACTION_ID = 0x2004
    OPERATION_NOT_SUPPORTED = 0x2005
    PARAMETER_NOT_SUPPORTED = 0x2006
    INCOMPLETE_TRANSFER = 0x2007
    INVALID_STORAGE_ID = 0x2008
    INVALID_OBJECT_HANDLE = 0x2009
    DEVICE_PROP_NOT_SUPPORTED = 0x200A
    STORE_FULL = 0x200C
    OBJECT_WRITE_PROTECTED = 0x200D
    STORE_READ_ONLY = 0x200E
    ACCESS_DENIED = 0x200F
    PARTIAL_DELETION = 0x2012
    STORE_NOT_AVAILABLE = 0x2013
    SPECIFICATION_BY_FORMAT_UNSUPPORTED = 0x2014
    DEVICE_BUSY = 0x2019
    INVALID_PARENT_OBJECT = 0x201A
    INVALID_PARAMETER = 0x201D
    SESSION_ALREADY_OPEN = 0x201E
    TRANSACTION_CANCELLED = 0x201F
    INVALID_OBJECT_PROP_CODE = 0xA801
    SPECIFICATION_BY_GROUP_UNSUPPORTED = 0xA807
    SPECIFICATION_BY_DEPTH_UNSUPPORTED = 0xA808
    OBJECT_PROP_NOT_SUPPORTED = 0xA80A


class DeviceProperty(IntEnum):
    BATTERY_LEVEL = 0x5001
    DATE_TIME = 0x5011


class ObjectProperty(IntEnum):
    OBJECT_FORMAT = 0xDC02
    OBJECT_SIZE = 0xDC04
    OBJECT_FILE_NAME = 0xDC07
    DATE_CREATED = 0xDC08
    DATE_MODIFIED = 0xDC09
    PARENT_OBJECT = 0xDC0B


ASSOCIATION = 0x3001
"""The object format of a folder."""
EVERY_FORMAT = 0
ROOT = 0xFFFFFFFF
"""As the parent asked for: what lies in no folder."""
EVERY_PARENT = 0
EVERY_PROPERTY = 0xFFFFFFFF
ROOT_OF_PROPERTY_LISTS = 0
"""What lies in no folder, as property lists have it."""
SIZE_UNKNOWN = 0xFFFFFFFF
"""As a size of 32 bits: larger than that. As the length of a container: counted elsewhere."""


def name_of(code: int, names: type[IntEnum]) -> str:
    """For messages: `GET_OBJECT (0x1009)`, or the number alone where it has no name here."""
    return f"{names(code).name} ({code:#06x})" if code in set(names) else f"{code:#06x}"
