"""What pytest must know of our own tests."""

collect_ignore_glob = ["cases/*"]  # data: the plugin would take its contracts for ours
