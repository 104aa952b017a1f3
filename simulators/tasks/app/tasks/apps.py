"""The application, as Django knows it."""

from django.apps import AppConfig


class TasksConfig(AppConfig):
    """The task list."""

    name = "tasks"
