"""Asks the kernel whether anything keeps its clock true. Never sets it."""

import ctypes

_LIBC = ctypes.CDLL(None)
_TIME_ERROR = 5
"""adjtimex(2): the state it returns while no time daemon disciplines the clock."""
_TIMEX_BYTES_MAX = 256


def kernel_knows_time() -> bool:
    """As timedatectl asks; any trouble asking counts as not knowing the time."""
    request = ctypes.create_string_buffer(_TIMEX_BYTES_MAX)  # struct timex with modes = 0: read only
    state: int = _LIBC.adjtimex(request)
    return 0 <= state < _TIME_ERROR
