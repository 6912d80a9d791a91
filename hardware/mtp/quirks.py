"""Where a camera model departs from the standard without saying so. Values only; the table is read elsewhere."""

from typing import NamedTuple


class Quirks(NamedTuple):
    """The defaults are a camera that does what it claims."""

    property_lists: bool = True
    """GetObjectPropList tells what a folder holds where the camera says that it knows it."""
    partial_reads: bool = True
    """GetPartialObject and GetPartialObject64 work where the camera says that it knows them."""
    sizes_modulo_4_gib: bool = False
    """Container lengths and ObjectInfo count modulo 2**32; only the property ObjectSize is right."""
    file_times_in_utc: bool = False
    """Times of files are written without a zone and mean UTC."""


STANDARD = Quirks()
