"""What pytest must know of our own tests."""

import os

from hypothesis import settings

collect_ignore_glob = ["cases/*"]  # data: the plugin would take its contracts for ours

# A red build means a change, not a lucky draw; `HYPOTHESIS_PROFILE=default` goes looking for more.
settings.register_profile("fixed", derandomize=True, database=None, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))
