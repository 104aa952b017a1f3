"""The lab's Django application on hosts of embedded kits: real Django, one for all hosts of this process.

Nothing here imports Django before the first server starts or the first tables are made: that takes a quarter second.
"""

from simulators.embedded.django_site.installation import (
    NoDatabaseError,
    clone,
    install_by_ansible,
    install_by_hand,
    make_tables,
    name_database,
)
from simulators.embedded.django_site.python3 import python3
from simulators.embedded.django_site.stuck import serve_endless, serve_nothing

__all__ = [
    "NoDatabaseError",
    "clone",
    "install_by_ansible",
    "install_by_hand",
    "make_tables",
    "name_database",
    "python3",
    "serve_endless",
    "serve_nothing",
]
