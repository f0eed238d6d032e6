"""Settings, addresses, the web and worker entries, the `guinda` command: the only place that sees every room."""
