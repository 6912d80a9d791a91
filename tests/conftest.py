"""What every test shares: how hard Hypothesis tries. `DOCKWARD_HYPOTHESIS=soak` tries a hundred times harder."""

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "test", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.register_profile("soak", settings.get_profile("test"), max_examples=6_000)
settings.load_profile(os.environ.get("DOCKWARD_HYPOTHESIS", "test"))
