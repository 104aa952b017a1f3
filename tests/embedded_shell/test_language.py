"""The shell's language: words, lists, pipes, redirections and control flow, as bash has them."""

from __future__ import annotations

import pytest

from tests.embedded_shell.machines import Ran, machine, ran


@pytest.mark.parametrize(
    ("line", "out"),
    [
        ("echo a  b", "a b\n"),
        ("echo 'a  b' \"c  d\" e\\ f", "a  b c  d e f\n"),
        ("echo 'it'\"'\"'s'", "it's\n"),
        ('x="a  b"; echo $x "$x" \'$x\' ${x}y', "a b a  b $x a by\n"),
        ("echo $HOME ~ ~/x $USER $PWD", "/home/ubuntu /home/ubuntu /home/ubuntu/x ubuntu /home/ubuntu\n"),
        ("echo ~root ~nobody-at-all", "/root ~nobody-at-all\n"),
        ('echo "a$ $" \\$x', "a$ $ $x\n"),
        ("a=x; b=y; echo $a$b/$c.txt $a.txt", "xy/.txt x.txt\n"),
        ('echo "  $USER   $(echo a)  z"', "  ubuntu   a  z\n"),
        ("echo $(echo one two) \"$(printf 'a\\nb\\n\\n')\" `echo c`", "one two a\nb c\n"),
        ("echo ${x:-def} ${USER:-def} ${USER:+alt} ${#USER}", "def ubuntu alt 6\n"),
        ("echo [${x-}] ${y:-$(echo deep)}", "[] deep\n"),
        ("echo a\\\nb", "ab\n"),
        ("echo a # b", "a\n"),
        ("false; echo $?; true; echo $?", "1\n0\n"),
        ("true && echo yes || echo no; false && echo yes || echo no", "yes\nno\n"),
        ("! true; echo $?; ! false | true; echo $?", "1\n1\n"),
        ("echo b; echo a | cat; (echo c; echo d) | sort -r", "b\na\nd\nc\n"),
        ("x=1; (x=2; cd /; echo $x); echo $x; pwd", "2\n1\n/home/ubuntu\n"),
        ("{ x=2; cd /; }; echo $x; pwd", "2\n/\n"),
        ("x=$(false); echo $?; y=2 z=3; echo $? $y$z", "1\n0 23\n"),
        ('x=$$; [ "$x{USER}" = $${USER} ] && echo same', "same\n"),
        ("x=1; x=2 | cat; echo a | read x; echo $x", "1\n"),
        ("set -eu; echo ${x:-a}; [ $# = 0 ]; echo b; cd /nope 2>/dev/null; echo c", "a\nb\n"),
        ("X=5 sh -c 'echo $X'; echo [$X]", "5\n[]\n"),
        ("export A=1; B=2; sh -c 'echo $A [$B]'", "1 []\n"),
        ("for i in a 'b c' $(echo d e); do echo \"<$i>\"; done", "<a>\n<b c>\n<d>\n<e>\n"),
        ("for i in 1 2 3; do if [ $i = 2 ]; then continue; fi; echo $i; done", "1\n3\n"),
        ("for i in 1 2 3; do [ $i = 2 ] && break; echo $i; done", "1\n"),
        ('i=; until [ "$i" = xx ]; do i=x$i; echo $i; done', "x\nxx\n"),
        ("printf 'a 1\\nb 2\\n' | while read l n; do echo $n$l; done", "1a\n2b\n"),
        ("if false; then echo 1; elif true; then echo 2; else echo 3; fi", "2\n"),
        ("if false; then echo 1; else echo 3; fi", "3\n"),
        ("if true\nthen\n  echo 1\nfi\necho 2", "1\n2\n"),
        ("sh -c 'echo $0 $1 $#; for a in \"$@\"; do echo \"<$a>\"; done' name 'a b' c", "name a b 2\n<a b>\n<c>\n"),
        ("set -e; false || true; if false; then :; fi; echo on; false; echo off", "on\n"),
        ("(exit 4); echo $?; sh -c 'exit 5'; echo $?; exec echo last; echo no", "4\n5\nlast\n"),
        ("cd /; pwd; cd -; pwd", "/\n/home/ubuntu\n/home/ubuntu\n"),
        ("true & echo a", "a\n"),
    ],
)
def test_lines_print_what_bash_prints(line: str, out: str) -> None:
    """A line prints what bash prints, and nothing to the standard error."""
    done = ran(machine(), line)

    assert (out, "") == (done.out, done.err)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("cat nope", Ran(1, "", "cat: nope: No such file or directory\n")),
        ("cat nope 2>/dev/null", Ran(1)),
        ("cat nope 2>&1", Ran(1, "cat: nope: No such file or directory\n")),
        ("cat nope >/dev/null 2>&1", Ran(1)),
        ("cat nope 2>&1 >/dev/null", Ran(1, "cat: nope: No such file or directory\n")),
        ("cat nope &>/dev/null", Ran(1)),
        ("(cat nope; echo x) 2>/dev/null", Ran(0, "x\n")),
        ("cat nope 2>&1 | tr a-z A-Z", Ran(0, "CAT: NOPE: NO SUCH FILE OR DIRECTORY\n")),
        ("cat nope |& wc -l", Ran(0, "1\n")),
        ("echo a >&2", Ran(0, "", "a\n")),
        ("echo a >f; echo b >>f; cat <f", Ran(0, "a\nb\n")),
        ("echo a >f; echo b >f; cat f", Ran(0, "b\n")),
        (">f echo one two; cat f", Ran(0, "one two\n")),
        ("echo one >f two; cat f", Ran(0, "one two\n")),
        ("true && echo b >f; echo c | cat >g; cat f g", Ran(0, "b\nc\n")),
        ("for i in 1 2; do echo $i; done >f; wc -l <f", Ran(0, "2\n")),
        ("echo a >f; while read l; do echo [$l]; done <f", Ran(0, "[a]\n")),
        ("cat </dev/null", Ran(0)),
        ("cat <nope", Ran(1, "", "bash: line 1: nope: No such file or directory\n")),
        ("true\ncat <nope", Ran(1, "", "bash: line 2: nope: No such file or directory\n")),
        ("echo x >/nope/x", Ran(1, "", "bash: line 1: /nope/x: No such file or directory\n")),
        ("echo x >$nope", Ran(1, "", "bash: line 1: $nope: ambiguous redirect\n")),
        ("sh -c 'cat <nope'", Ran(2, "", "sh: 1: cannot open nope: No such file\n")),
        ("sh -c 'echo x >/nope/x'", Ran(2, "", "sh: 1: cannot create /nope/x: Directory nonexistent\n")),
        ("set -u; echo $x; echo no", Ran(127, "", "bash: line 1: x: unbound variable\n")),
    ],
)
def test_redirections(line: str, expected: Ran) -> None:
    """Redirections take effect from left to right, and one that fails keeps its command from running."""
    assert expected == ran(machine(), line)


def test_standard_input_is_read_once() -> None:
    """What one command of a line has read the next one does not see."""
    host = machine()

    assert ran(host, "cat; echo --; cat", stdin=b"a\nb\n") == Ran(0, "a\nb\n--\n")
    assert ran(host, "read x; echo [$x]; cat", stdin=b"a\nb\n") == Ran(0, "[a]\nb\n")


def test_patterns_match_files() -> None:
    """Unquoted patterns become the files they match; one that matches none stays as it is."""
    host = machine()
    for name in ("a.txt", "b.txt", ".hidden.txt", "sub/c.txt"):
        host.files.write(f"/home/ubuntu/{name}", "")

    done = ran(host, "echo *.txt [!a].txt sub/* no* '*'.txt \"*\" /home/ubuntu/?.txt")

    assert done.out == "a.txt b.txt b.txt sub/c.txt no* *.txt * /home/ubuntu/a.txt /home/ubuntu/b.txt\n"


@pytest.mark.parametrize(
    ("line", "err"),
    [
        ("echo )", "bash: -c: line 1: syntax error near unexpected token `)'\nbash: -c: line 1: `echo )'\n"),
        ("| a", "bash: -c: line 1: syntax error near unexpected token `|'\nbash: -c: line 1: `| a'\n"),
        ("a ; ; b", "bash: -c: line 1: syntax error near unexpected token `;'\nbash: -c: line 1: `a ; ; b'\n"),
        ("a; }", "bash: -c: line 1: syntax error near unexpected token `}'\nbash: -c: line 1: `a; }'\n"),
        ("true &&", "bash: -c: line 1: syntax error: unexpected end of file\n"),
        ("for x in a; do echo b", "bash: -c: line 1: syntax error: unexpected end of file\n"),
        ('echo "a', "bash: -c: line 1: unexpected EOF while looking for matching `\"'\n"),
        ("echo 'a", "bash: -c: line 1: unexpected EOF while looking for matching `''\n"),
        ("echo $(a", "bash: -c: line 1: unexpected EOF while looking for matching `)'\n"),
        ("sh -c 'echo )'", 'sh: 1: Syntax error: ")" unexpected\n'),
        ("sh -c 'echo \"a'", "sh: 1: Syntax error: Unterminated quoted string\n"),
    ],
)
def test_syntax_errors(line: str, err: str) -> None:
    """A line that is none runs nothing: status 2 and the shell's own words."""
    assert ran(machine(), line) == Ran(2, "", err)


def test_a_script_runs_by_its_first_line() -> None:
    """A file that names /bin/sh runs by its path, relative or absolute, in the caller's folder."""
    host = machine()
    host.files.write("/home/ubuntu/tasks/run.sh", '#!/bin/sh\ncd "$(dirname "$0")"\necho "$0" "$1"; pwd; psql\n')

    relative = ran(host, "cd tasks && ./run.sh a")
    absolute = ran(host, "/home/ubuntu/tasks/run.sh")

    assert Ran(relative.status, relative.out, relative.err.replace(": 3:", ": 4:")) == Ran(
        127, "./run.sh a\n/home/ubuntu/tasks\n", "./run.sh: 4: psql: not found\n"
    )
    assert absolute.out == "/home/ubuntu/tasks/run.sh \n/home/ubuntu/tasks\n"


def test_a_script_of_python_is_given_to_python() -> None:
    """A file whose first line names python3 is run by the host's python3."""
    from tests.embedded_shell.machines import told

    host = machine()
    host.commands["python3"] = told
    host.files.write("/home/ubuntu/tasks/manage.py", "#!/usr/bin/env python3\n")

    assert (
        ran(host, "cd tasks; ./manage.py migrate").out == "ubuntu /home/ubuntu/tasks python3 ./manage.py migrate []\n"
    )
