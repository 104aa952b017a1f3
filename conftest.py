"""Where pytest meets a kit: options, fixtures and verdicts are those of `harness.plugin`."""

pytest_plugins = ["harness.plugin"]
