"""The key to MAAS: given, or read on main; and the one line that says what to put where when nobody tells it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from harness.api_key import api_key_of
from harness.completed import Completed
from harness.errors import AccessRefused, TimedOut, Unreachable
from harness.evidence import EvidenceLog
from harness.kitfile import KitFile, load

KEY = "Zy8QpLmN2b:Kx7RtVwS3c:Hj5GfDsA9q"
OTHER = "aaaaaaaaaa:bbbbbbbbbb:cccccccccc"
NO_PASSWORD = (1, "", "sudo: a password is required\n")
NO_PROFILE = (0, "", "")
KIT = "kit: kit-j\naccess: {ssh: cloud@10.103.1.19}\nnetwork: 172.16.0.0/20\n"


class Main:
    """An access whose main answers by what a command contains, first come first served; it refuses all others."""

    def __init__(self, answers: Mapping[str, object]) -> None:
        self.log = EvidenceLog()
        self.answers = answers
        self.asked: list[str] = []
        self.entered: list[bytes | None] = []
        self.hidden: set[str] = set()

    def hide(self, secret: str) -> None:
        """Keep a secret out of evidence."""
        self.hidden.add(secret)
        self.log.hide(secret)

    def run(
        self, command: str, *, timeout: float, limit: int, stdin: bytes | None = None, record: bool = True
    ) -> Completed:
        """Answer, or fail as the answer says."""
        assert timeout <= 60
        assert limit <= 65_536
        assert not record
        self.asked.append(command)
        self.entered.append(stdin)
        answer: Any = next((answer for part, answer in self.answers.items() if part in command), None)
        if answer is None:
            raise AssertionError(f"unexpected command: {command}")
        if isinstance(answer, Exception):
            raise answer
        status, out, err = answer
        return Completed(command, status, out.encode(), err.encode(), 0.0)


def main(answers: Mapping[str, object]) -> Any:
    """Return such an access."""
    return Main(answers)


def described(folder: Path, text: str = KIT) -> KitFile:
    """Return what a kit.yaml of that text describes."""
    file = folder / "kit.yaml"
    file.write_text(text)
    file.chmod(0o600)
    return load(file, {})


def test_a_key_that_is_given_is_not_asked_for(tmp_path: Path) -> None:
    """Main is left alone, and the key with each of its parts is a secret."""
    access = main({})

    assert api_key_of(described(tmp_path, f'{KIT}maas: {{api_key: "{KEY}"}}\n'), access) == KEY
    assert access.asked == []
    assert access.hidden == {KEY, *KEY.split(":")}


def test_maas_tells_the_key_of_the_logins_user(tmp_path: Path) -> None:
    """`sudo maas apikey` on main, for whom we log in as; evidence says that it was asked, and never the key."""
    access = main({"sudo -n": (0, f"{KEY}\n", "")})

    assert api_key_of(described(tmp_path), access) == KEY
    assert [command.endswith(" sh cloud") for command in access.asked] == [True]
    assert [piece.summary for piece in access.log.pieces] == ["$ sudo maas apikey --username=cloud -> exit status 0"]
    assert KEY not in f"{access.log.pieces}"
    assert access.log.redact(f"it was {KEY}") == "it was [hidden]"


def test_another_user_of_maas_may_be_named(tmp_path: Path) -> None:
    """maas.user; and where neither it nor the login says whom, main's shell does."""
    named, nobody = main({"sudo -n": (0, KEY, "")}), main({"sudo -n": (0, KEY, "")})
    api_key_of(described(tmp_path, f"{KIT}maas: {{user: admin@lab}}\n"), named)
    api_key_of(described(tmp_path, KIT.replace("cloud@", "")), nobody)

    assert named.asked[0].endswith(" sh admin@lab")
    assert nobody.asked[0].endswith(" sh ''")
    assert '"${1:-$(id -un)}"' in nobody.asked[0]


def test_greetings_and_further_keys_do_not_matter(tmp_path: Path) -> None:
    """A login's shell may print what it likes; a user may have several keys, of which the last is taken."""
    said = f"Welcome to main!\n12:30:45\n{OTHER}\n{KEY}\n"

    assert api_key_of(described(tmp_path), main({"sudo -n": (0, said, "setlocale: cannot\n")})) == KEY


def test_sudo_gets_the_password_on_its_standard_input(tmp_path: Path) -> None:
    """Only when it asks for one; never as an argument, which the kit's list of processes would show."""
    access = main({"sudo -n": NO_PASSWORD, "sudo -k -S": (0, KEY, "")})
    kit = described(tmp_path, KIT.replace("10.103.1.19", "10.103.1.19, password: hush-hush"))

    assert api_key_of(kit, access) == KEY
    assert access.entered == [None, b"hush-hush\n"]
    assert not any("hush-hush" in command for command in access.asked)


def test_a_profile_of_maas_own_command_line_will_do(tmp_path: Path) -> None:
    """Where sudo does not let us: the profile at the kit's address before one at main's own, before any other."""
    profiles = f"old http://10.1.1.1:5240/MAAS/api/2.0/ {OTHER}\ncloud http://172.16.0.3:5240/MAAS/api/2.0/ {KEY}\n"
    here = f"old http://10.1.1.1:5240/MAAS/api/2.0/ {OTHER}\nx http://localhost:5240/MAAS/api/2.0/ {KEY}\n"
    only = f"anonymous http://10.1.1.1:5240/MAAS/api/2.0/\nx http://main.maas:5240/MAAS/api/2.0/ {KEY}\n"
    kit = described(tmp_path)

    assert api_key_of(kit, main({"sudo -n": NO_PASSWORD, "list": (0, profiles, "")})) == KEY
    assert api_key_of(kit, main({"sudo -n": NO_PASSWORD, "list": (0, here, "")})) == KEY
    assert api_key_of(kit, main({"sudo -n": NO_PASSWORD, "list": (0, only, "")})) == KEY


@pytest.mark.parametrize(
    ("sudo", "listed", "said"),
    [
        (NO_PASSWORD, NO_PROFILE, "says: sudo: a password is required; `maas list` says: no profile of http://172.16."),
        ((1, "", "User does not exist.\n"), NO_PROFILE, "--username=cloud` says: User does not exist.; `maas list`"),
        ((0, "", ""), NO_PROFILE, "says: no key; `maas list` says: no profile"),
        ((127, "", ""), (127, "", ""), "says: main has no command `maas`; `maas list` says: main has no command"),
        ((2, "", "\x1b[31mno\n"), (1, "", ""), "says: [31mno; `maas list` says: nothing, with status 1"),
        (NO_PASSWORD, (0, f"a http://10.1.1.1/MAAS/ {KEY}\nb http://[::x/MAAS/ {OTHER}\n", ""), "no profile of http:"),
    ],
)
def test_one_line_says_what_to_put_where(
    tmp_path: Path, sudo: tuple[int, str, str], listed: tuple[int, str, str], said: str
) -> None:
    """What was tried, what main said to it, and which keys of kit.yaml help."""
    with pytest.raises(AccessRefused) as caught:
        api_key_of(described(tmp_path), main({"sudo -n": sudo, "list": listed}))

    assert str(caught.value).startswith("kit.yaml has no maas.api_key, and main tells none: `sudo maas apikey --user")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert all(key in caught.value.help for key in ("maas.api_key", "access.password", "maas.user"))


def test_a_wrong_password_is_named_and_not_shown(tmp_path: Path) -> None:
    """The last word is sudo's, and what it repeats of a secret is hidden."""
    access = main({
        "sudo -n": NO_PASSWORD,
        "sudo -k -S": (1, "", "Sorry, try again.\nsudo: no password was provided: hush-hush\n"),
        "list": NO_PROFILE,
    })  # fmt: skip
    access.hide("hush-hush")
    kit = described(tmp_path, KIT.replace("10.103.1.19", "10.103.1.19, password: hush-hush"))
    with pytest.raises(AccessRefused, match=r"sudo: no password was provided: \[hidden\]"):
        api_key_of(kit, access)


def test_a_main_that_cannot_be_asked_is_not_about_the_key(tmp_path: Path) -> None:
    """What went wrong with the way is told as it is; a command that hangs is named."""
    kit = described(tmp_path)
    with pytest.raises(Unreachable, match="cannot be reached"):
        api_key_of(kit, main({"sudo -n": Unreachable("10.103.1.19 cannot be reached")}))
    with pytest.raises(TimedOut) as caught:
        api_key_of(kit, main({"sudo -n": TimedOut("`sh` on main was not done")}))

    assert "maas apikey" in caught.value.help
    assert "maas.api_key" in caught.value.help
