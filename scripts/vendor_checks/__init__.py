"""Our simulators, judged by the vendors' own Python packages."""
