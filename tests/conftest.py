"""What every test shares: how hard Hypothesis tries, and a camera that is closed quickly.

`DOCKWARD_HYPOTHESIS=soak` tries a hundred times harder; `mutant` is content with the first failure it finds.
"""

import os

import pytest
from hypothesis import HealthCheck, Phase, settings

settings.register_profile(
    "test", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.register_profile("mutant", settings.get_profile("test"), phases=[Phase.generate], database=None)
settings.register_profile("soak", settings.get_profile("test"), max_examples=6_000)
settings.load_profile(os.environ.get("DOCKWARD_HYPOTHESIS", "test"))


@pytest.fixture
def quick_to_close(monkeypatch: pytest.MonkeyPatch) -> None:
    """A camera's interrupt endpoint is waited for each time it is closed."""
    monkeypatch.setattr("hardware.usb_pipe._INTERRUPT_PATIENCE_MS", 2)
