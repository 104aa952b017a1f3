"""What is drawn again and again at the bottom of a terminal, with lines that scroll away above it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from types import TracebackType
from typing import IO, TYPE_CHECKING, Self

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult
    from rich.live import Live


class Screen(ABC):
    """What is drawn while it is entered as a context, some times a second.

    Nothing of what it shows is taken for Rich's markup: it may be a kit's words.
    """

    PER_SECOND = 4
    """How often it is drawn."""

    def __init__(self, out: IO[str]) -> None:
        from rich.console import Console

        self._console: Console = Console(file=out, highlight=False, markup=False, emoji=False)
        self._live: Live | None = None

    def __enter__(self) -> Self:
        from rich.live import Live

        self._live = Live(
            self,
            console=self._console,
            refresh_per_second=self.PER_SECOND,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._live.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()
        if self._live is not None:
            self._live.__exit__(kind, error, trace)

    @abstractmethod
    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield what is drawn now."""

    @abstractmethod
    def _close(self) -> None:
        """Prepare to be drawn for the last time."""
