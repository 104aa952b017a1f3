"""How charms behave: what each does on its machine at every hook and action, and the archives that students deploy."""

from simulators.charms.store import STORE, archive, download, find

__all__ = ["STORE", "archive", "download", "find"]
