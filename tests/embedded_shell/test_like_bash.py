"""The same lines in this computer's own bash and dash, with the same files: status and both outputs are the same."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from simulators.embedded.call import Call
from simulators.embedded.shell.evaluating import run_called
from simulators.embedded.shell.session import Dialect
from tests.embedded_shell.machines import Ran, machine, play

FILES = {
    "a.txt": "one two\nthree\n\nfour x=1 y\n",
    "b.txt": "b1\nb2",
    "d/c.conf": "server 1;\nlisten 80;\n",
    "w.txt": "alpha:1:x\nbeta:2:y\ngamma:10:z\nbeta:2:y\n",
}
BOTH = [
    "echo *.txt d/* nomatch* '*.txt' \\*.txt [!a].txt",
    "x='a  b'; echo $x \"$x\" [$x] ${x:-y} ${y:-$x} \"${y:-$x}\" ${#x} ${x:+z}",
    "echo \"a\\\"b \\$x \\\\ \\n \\`\" 'c\\n' d\\ e \"\" ''",
    "cat a.txt b.txt nope; echo $?",
    "for i in $(cat a.txt); do echo \"<$i>\"; done | sort | uniq -c",
    "cat nope 2>&1 >f | cat; cat f; cat nope >f 2>&1; cat f; wc -c <f",
    "cat a.txt | while read x y; do echo \"$y-$x\"; done",
    "head -n2 a.txt; tail -n 1 a.txt; head -1 a.txt b.txt; tail -c 3 w.txt; head -c 3 a.txt",
    "cut -d: -f1 w.txt; cut -d: -f2,3 w.txt; cut -d: -f2- w.txt; cut -c1-3 w.txt; cut -sd' ' -f1 a.txt",
    "sort w.txt; sort -u w.txt; sort -r w.txt; cut -d: -f2 w.txt | sort -n; cut -d: -f2 w.txt | sort -nr",
    "wc a.txt; wc -l <a.txt; wc a.txt b.txt; wc -w a.txt; cat a.txt | wc; cat a.txt | wc -lw",
    "base64 a.txt; base64 -w0 a.txt; echo; echo aGkK | base64 -d; base64 -w 10 a.txt",
    "sed -n 2p a.txt; sed -n '$p' a.txt; sed -n 1,2p a.txt; sed -n 3,1p a.txt",
    "sed s/o/0/ a.txt; sed s/o/0/g b.txt a.txt; sed -E 's/([a-z]+):([0-9]+)/\\2-\\1/' w.txt",
    "sed 's/[0-9]*:/<&>/' w.txt",
    "sed -e 's/a/\\&/' -e 's|/|x|' w.txt; sed -i s/one/1/ a.txt; cat a.txt; sed s/b/x/ nope b.txt; echo $?",
    "sed 's/\\(b\\)\\(.\\)/\\2\\1/' b.txt; sed s/B/x/I b.txt; echo a/b | sed 's/\\//-/'; sed 's/^$/empty/' a.txt",
    "ln -s a.txt l; cat l; readlink l; ln -s b.txt l 2>/dev/null; echo $?; ln -sf b.txt l; cat l",
    "ln -s ../a.txt d; ls d",
    "tr a-z A-Z <a.txt; tr -d o <a.txt; tr '\\n' ' ' <a.txt; tr -s e <a.txt; echo a:b | tr : '\\n'",
    "grep o a.txt; grep -n o a.txt; grep -v o a.txt; grep -c o a.txt b.txt; grep -H o a.txt; grep o a.txt w.txt",
    "grep zz a.txt; echo $?; grep zz nope; echo $?; grep -s zz nope; echo $?; grep -q o a.txt nope; echo $?; grep o d",
    "grep -E '^(one|three)' a.txt; grep '^\\(one\\|three\\)' a.txt; grep 'x=[[:digit:]]' a.txt",
    "grep -i ONE a.txt; grep -x three a.txt; grep -w x a.txt; grep -oE '[0-9]+' w.txt",
    "grep -e one -e three a.txt",
    "grep -l o a.txt b.txt; grep -n '' b.txt; grep -c '^$' a.txt; grep -E 'b{1}1' b.txt; grep 'b\\{1\\}2' b.txt",
    "echo 'a.b' | grep -c 'a\\.b'; echo axb | grep -c 'a\\.b'; echo 'a|b' | grep 'a|b'; echo 'a+b' | grep 'a+b'",
    "echo a bar | grep '\\<bar\\>'; echo foobar | grep '\\<bar\\>'; echo 'a-b]c' | grep '[]-]'; echo a{b | grep 'a{b'",
    "ls; ls -1 d; ls -d d nope; ls nope; ls a.txt d; ls -d nope*; ls -1 -q -- d",
    "readlink -f a.txt d/../a.txt nope; readlink a.txt; echo $?; realpath a.txt nope nope/x; readlink -f nope/x",
    "find d; find d -name '*.conf'; find . -name a.txt; find d -type d; find nope; echo $?",
    "basename /a/b.c .c; basename a/; dirname /a/b/c; dirname a; dirname /a; dirname a/b/",
    "printf '%s\\n' a 'b c'; printf 'x%dy%%\\n' 5; printf '%s-%s\\n' a b c; printf '%5s|%-5s|\\n' a b",
    "cd d; pwd; cd ..; cd nope; echo $?; cd a.txt; echo $?",
    "cat <nope; echo x >nope/x; echo x >d; echo $?",
    "timeout 5 echo hi; timeout 0.05 sleep 3; echo $?; timeout 5 sh -c 'exit 3'; echo $?",
    "env -i sh -c 'echo [$HOME]'; env A=5 sh -c 'echo $A'; setsid echo a; nice -n 5 echo b; nohup echo c",
    "kill 999999; echo $?; kill -9 999999; echo $?",
    "./nope; echo $?; /nope/x; echo $?; ./d; echo $?; nosuch=1; unset nosuch; echo [$nosuch]",
    "test -d d; echo $?; test -e nope; echo $?; [ 1 -lt 2 ] && [ a != b ] && [ ! -f nope ] && [ -d d -a -f a.txt ]",
    "set -u; echo $nope; echo no",
    "set -e; false || true; if false; then :; fi; ! true; (false); echo no",
    "x=$(exit 3); echo $?; (exit 4); echo $?; sh -c 'exit 5'; echo $?; ! false | true; echo $?",
    "echo a >f two; >g echo one two; cat f g; true && echo b >f; echo c | cat >g; cat f g",
    "for i in 1 2 3; do if [ $i = 2 ]; then continue; fi; [ $i = 3 ] && break; echo $i; done",
    "i=; until [ \"$i\" = xxx ]; do i=x$i; echo $i; done; while false; do :; done; echo $?",
    "cd / && sh -c 'pwd; cd tmp; pwd'; pwd",
    "echo )",
    "| a",
    "a ; ; b",
    "a; }",
]  # fmt: skip
BASH = [
    "cat nope &>f; cat f; cat nope |& grep -c nope",
    "type cd ls; command -v cat ls cd; which cat",
    "</dev/tcp/127.0.0.1/1; echo $?",
    "</dev/tcp/nonexist.invalid/1; echo $?",
    "sh -c 'cat <nope; echo $0'; bash -c 'echo $0 $1 $#' n a b",
    "[ 1 -eq x ]; echo $?; test -q x; echo $?; echo -e 'a\\tb' -n; echo -ne 'x\\n'",
    "x='a b'; echo y >$x; echo $?; exit x",
    "break; cd d nope; kill x",
]

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or not Path("/bin/dash").exists() or not Path("/etc/debian_version").exists(),
    reason="compares with the bash, dash and coreutils of Debian",
)


def _really(folder: Path, shell: str, line: str) -> Ran:
    for name, content in FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(content, newline="")
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8", "USER": "root", "PWD": str(folder)}
    done = subprocess.run([shell, "-c", line], cwd=folder, input=b"in\n", capture_output=True, timeout=20, env=env)
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())


def _simulated(folder: Path, dialect: Dialect, line: str) -> Ran:
    host = machine()
    for name, content in FILES.items():
        host.files.write(str(folder / name), content)
    out, err = bytearray(), bytearray()
    env = {"HOME": str(folder), "USER": "root"}
    call = Call(host, (dialect,), "root", str(folder), b"in\n", out.extend, err.extend, env)

    async def scenario() -> int:
        await host.boot()
        return await run_called(call, line, dialect, name=dialect)

    return Ran(play(scenario()), out.decode(), err.decode())


@pytest.mark.parametrize("line", [*BOTH, *BASH])
def test_bash(line: str, tmp_path: Path) -> None:
    """A line does the same in bash."""
    assert _simulated(tmp_path, "bash", line) == _really(tmp_path, "bash", line)


@pytest.mark.parametrize("line", BOTH)
def test_dash(line: str, tmp_path: Path) -> None:
    """A line does the same in dash, Debian's /bin/sh."""
    assert _simulated(tmp_path, "sh", line) == _really(tmp_path, "sh", line)
