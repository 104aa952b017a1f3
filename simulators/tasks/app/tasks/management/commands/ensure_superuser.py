"""`createsuperuser` for scripts: nothing happens when the user is there already, as with a shared database it will be."""

import os

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand
from django.db import IntegrityError


class Command(BaseCommand):
    """Make the superuser that Django's own variables DJANGO_SUPERUSER_USERNAME, _PASSWORD and _EMAIL describe."""

    help = "Make the superuser of the DJANGO_SUPERUSER_* variables, unless it exists."

    def handle(self, *args, **options):
        """Make it, or say that it was there."""
        name = os.environ["DJANGO_SUPERUSER_USERNAME"]
        users = get_user_model().objects
        if users.filter(username=name).exists():
            self.stdout.write(f"superuser {name}: exists")
            return
        try:
            users.create_superuser(
                name, os.environ.get("DJANGO_SUPERUSER_EMAIL", ""), os.environ["DJANGO_SUPERUSER_PASSWORD"]
            )
        except IntegrityError:
            # The other server was faster.
            self.stdout.write(f"superuser {name}: exists")
            return
        self.stdout.write(f"superuser {name}: created")
