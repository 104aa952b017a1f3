"""The lab's application as Django knows it, found where this project keeps it instead of at the top of a path."""

from __future__ import annotations

from django.apps import AppConfig


class TasksConfig(AppConfig):
    """The task list."""

    name = "simulators.tasks.app.tasks"
    label = "tasks"
