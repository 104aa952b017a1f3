"""POSIX patterns as Python reads them, and those that are refused because it would read them otherwise."""

from __future__ import annotations

import pytest

from simulators.embedded.shell.patterns import PatternError, compiled


@pytest.mark.parametrize(
    ("pattern", "extended", "matching", "other"),
    [
        ("a.c", False, "abc", "ac"),
        ("a\\.c", False, "a.c", "abc"),
        ("a*c", False, "aac", "ab"),
        ("*a", False, "*a", "b"),
        ("a+", False, "a+", "aa"),
        ("a+$", True, "aa", "a+"),
        ("a\\+$", False, "aa", "a+"),
        ("^(a|b)$", True, "b", "ab"),
        ("^\\(a\\|b\\)$", False, "b", "ab"),
        ("(a|b)", False, "(a|b)", "a"),
        ("a{2}", True, "baa", "a{2}"),
        ("a{2}", False, "a{2}", "aa"),
        ("a\\{2\\}", False, "aa", "a"),
        ("[m]anage.py|[g]unicorn", True, "python3 manage.py", "[m]anage.py"),
        ("[[:digit:]]+x", True, "12x", "ax"),
        ("[]a]", False, "]", "b"),
        ("[^]a]", False, "b", "]a"),
        ("a^b", False, "a^b", "ab"),
        ("a$b", False, "a$b", "ab"),
        ("x$", True, "ax", "x\n"),
        ("\\<foo\\>", False, "a foo b", "foobar"),
        ("ansible-", True, "ansible-x", "ansible"),
    ],
)
def test_patterns(pattern: str, extended: bool, matching: str, other: str) -> None:
    """A pattern matches what regcomp() would match, and nothing else."""
    found = compiled(pattern, extended=extended)

    assert (found.search(matching) is not None, found.search(other) is not None) == (True, False)


@pytest.mark.parametrize(
    ("pattern", "extended"),
    [("a**", True), ("a+?", True), ("(a)\\1", True), ("\\(a\\)\\1", False), ("\\d", True), ("(", True), ("[a", True),
     ("a\\", False), ("*a", True), ("a{x}", True), ("[[.a.]]", True), ("[[:nope:]]", True)],
)  # fmt: skip
def test_refused_patterns(pattern: str, extended: bool) -> None:
    """What Python would read in another sense, or not at all, is refused."""
    with pytest.raises(PatternError):
        compiled(pattern, extended=extended)
