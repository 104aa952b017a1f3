"""class.yaml: what is understood, and the one line that each mistake costs."""

from __future__ import annotations

import re
import shutil
import stat
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import BaseModel

from harness import kitfile, misfits
from harness.errors import UsageError
from kitcheck.course import class_file, described
from kitcheck.course.model import Course, Mark, Member, Policy, Terms

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"
PAGE = EXAMPLES.parent / "class.md"
ENVIRON = {"KIT_J_PASSWORD": "hush-hush-j", "KIT_L_PASSWORD": "hush-hush-l", "BOOK_PASSWORD": "hush-hush-b"}
LEAST = """\
course: Cloud
checkpoints: {1: , checkpoint-2: {weight: 2}}
groups:
  - group: a
    kit: a.yaml
    members: [{name: Ana, id: "1"}]
  - group: b
    kit: {access: {ssh: host-b}, network: 172.16.0.0/20}
    members: [{name: Bia, id: "2"}]
"""
KIT = "kit: a\naccess: {ssh: host-a}\nnetwork: 172.16.0.0/20\n"


def read(folder: Path, text: str, mode: int = 0o644, *, kits: bool = True, chosen: Sequence[str] = ()) -> Course:
    """Return the course of a class file with that text, beside a kit a.yaml."""
    file = folder / "class.yaml"
    file.write_text(text, encoding="utf-8")
    file.chmod(mode)
    if not (folder / "a.yaml").exists():
        (folder / "a.yaml").write_text(KIT)
    return class_file.load(file, {**ENVIRON, "XDG_STATE_HOME": str(folder / "state")}, kits=kits, chosen=chosen)


def refused(folder: Path, text: str, mode: int = 0o644, *, kits: bool = True, chosen: Sequence[str] = ()) -> str:
    """Return the message about a class file, each line without the file's path."""
    with pytest.raises(UsageError) as caught:
        read(folder, text, mode, kits=kits, chosen=chosen)
    lines = caught.value.lines
    assert all(line.startswith(f"{folder}/class.yaml ") for line in lines[: misfits.TOLD])
    assert "hush-hush" not in str(caught.value)
    return "\n".join(line.removeprefix(f"{folder}/class.yaml ") for line in lines)


def example(folder: Path) -> Path:
    """Return a copy of the documented example: reading it writes files."""
    shutil.copytree(EXAMPLES, folder / "examples")
    return folder / "examples" / "class" / "class.yaml"


def inline(text: str) -> str:
    """Return the least class file with other lines for its inline kit."""
    return LEAST.replace("kit: {access: {ssh: host-b}, network: 172.16.0.0/20}", f"kit:\n{text}")


def test_the_documented_example_is_understood(tmp_path: Path) -> None:
    """Every key of it."""
    file = example(tmp_path)
    course = class_file.load(file, {**ENVIRON, "XDG_STATE_HOME": str(tmp_path / "state")})
    at = datetime.fromisoformat

    assert (course.name, course.policy) == ("Cloud Computing 2026/2", Policy("best", 0.1, timedelta(days=1), 0.5))
    assert course.grade_book == "postgresql://kitcheck:${BOOK_PASSWORD}@db.example.org/cloud"
    assert course.checkpoints[2:] == (
        Terms("checkpoint-3", 2, at("2026-10-16T23:59:00-03:00")),
        Terms("checkpoint-4", 2, None),
    )
    assert [group.id for group in course.groups] == ["kit-j", "kit-l", "kit-m"]
    assert course.groups[0].kit.resolve() == tmp_path / "examples" / "first-half.yaml"
    assert course.groups[0].members[1] == Member("Bruno Lima", "20231002", "bruno@example.org")
    assert course.groups[0].submitted["checkpoint-1"] == at("2026-09-10T18:20:00-03:00")
    assert course.marks == (
        Mark(
            "kit-j",
            "checkpoint-1",
            "explain-manual-installation",
            1.5,
            "Prof. Rocha",
            at("2026-09-12T10:00:00-03:00"),
            "what pg_hba.conf is for was not explained",
        ),
    )
    assert [(waiver.kind, waiver.expires) for waiver in course.waivers] == [
        ("lateness", at("2026-10-02T23:59:00-03:00"))
    ]


def test_every_key_is_documented_and_in_the_example() -> None:
    """Nobody has to guess how a key is written."""
    page, shown = PAGE.read_text(encoding="utf-8"), (EXAMPLES / "class" / "class.yaml").read_text(encoding="utf-8")
    models: list[type[BaseModel]] = [
        getattr(described, name) for name in dir(described) if name.endswith("Keys") and name[0] != "_"
    ]
    keys = {key for model in models for key in model.model_fields}

    assert len(models) == 7
    assert {key for key in keys if f"`{key}`" not in page} == set()
    assert {key for key in keys if f"{key}:" not in shown} == set()


def test_the_least(tmp_path: Path) -> None:
    """A grade book beside the class file, checkpoints in the lab's order with equal weights, nothing due."""
    course = read(tmp_path, LEAST)

    assert course.grade_book == f"sqlite:///{tmp_path}/grade-book.sqlite"
    assert course.checkpoints == (Terms("checkpoint-1"), Terms("checkpoint-2", 2))
    assert course.policy == Policy()
    assert course.groups[0].kit == tmp_path / "a.yaml"
    assert (course.marks, course.waivers, dict(course.groups[0].submitted)) == ((), (), {})


def test_an_inline_kit_becomes_a_private_file(tmp_path: Path) -> None:
    """Beside the grade book, called after its group, unseen by git; variables stay variables."""
    text = inline('      access: {ssh: "host-b:22", password: "${KIT_L_PASSWORD}"}\n      network: 172.16.0.0/20')
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    path = read(tmp_path, text).groups[1].kit
    kit = kitfile.load(path, ENVIRON)

    assert path.name == "b.yaml"
    assert path.parent.parent == tmp_path
    assert re.fullmatch(r"cloud-[0-9a-f]{8}-kits", path.parent.name)
    assert (stat.S_IMODE(path.stat().st_mode), stat.S_IMODE(path.parent.stat().st_mode)) == (0o600, 0o700)
    assert (kit.kit, kit.access.ssh.port) == ("b", 22)
    assert "hush-hush" not in path.read_text()
    assert kit.access.password is not None
    assert kit.access.password.get_secret_value() == "hush-hush-l"
    status = subprocess.run(["git", "status", "--porcelain"], cwd=tmp_path, check=True, capture_output=True, text=True)
    assert sorted(status.stdout.split()[1::2]) == ["a.yaml", "class.yaml"]


def test_an_inline_kit_is_written_again_only_when_it_changed(tmp_path: Path) -> None:
    """Whatever was done to the file meanwhile."""
    path = read(tmp_path, LEAST).groups[1].kit
    before = path.stat()
    path.chmod(0o644)
    read(tmp_path, LEAST)
    unchanged = path.stat()
    path.write_text("kit: other\n")
    read(tmp_path, LEAST)

    assert stat.S_IMODE(unchanged.st_mode) == 0o600
    assert (unchanged.st_ino, unchanged.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert kitfile.load(path).kit == "b"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_inline_kits_of_two_class_files_are_apart(tmp_path: Path) -> None:
    """Also of the same course in the same folder: nobody is graded for another's kit."""
    first = read(tmp_path, LEAST).groups[1].kit
    shutil.copy(tmp_path / "class.yaml", tmp_path / "other.yaml")
    second = class_file.load(tmp_path / "other.yaml").groups[1].kit

    assert first != second


def test_with_a_server_as_grade_book_inline_kits_are_kept_with_the_programs_own_files(tmp_path: Path) -> None:
    """There is no folder beside it, and the teacher's is not asked for."""
    path = read(tmp_path, f"grade_book: postgresql://u@h/d\n{LEAST}").groups[1].kit

    assert path.parent.parent == tmp_path / "state" / "kitcheck" / "classes"
    assert {each.name for each in tmp_path.iterdir()} == {"a.yaml", "class.yaml", "state"}


def test_commands_that_only_read_the_book_look_at_no_kit(tmp_path: Path) -> None:
    """Neither files nor variables need to be there, and nothing is written."""
    text = inline('      access: {ssh: "host-b", password: "${NOPE}"}\n      network: 172.16.0.0/20')
    (tmp_path / "a.yaml").write_text("kit: [")
    course = read(tmp_path, text, kits=False)

    assert [group.id for group in course.groups] == ["a", "b"]
    assert {each.name for each in tmp_path.iterdir()} == {"a.yaml", "class.yaml"}
    (tmp_path / "a.yaml").write_text(KIT)
    assert "groups[1].kit.access.password: environment variable NOPE is not set" in refused(tmp_path, text)


def test_text_may_look_like_something_else(tmp_path: Path) -> None:
    """An id with a leading zero, a name that YAML takes for an answer."""
    text = LEAST.replace('{name: Ana, id: "1"}', "{name: No, id: 0123}").replace("group: a", "group: 7")
    group = read(tmp_path, text).groups[0]

    assert (group.id, group.members) == ("7", (Member("No", "0123"),))


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-09-30T23:59:00-03:00", datetime(2026, 10, 1, 2, 59, tzinfo=UTC)),
        ("2026-09-30T23:59Z", datetime(2026, 9, 30, 23, 59, tzinfo=UTC)),
        ("2026-09-30 23:59:00.5 +02:00", datetime(2026, 9, 30, 21, 59, 0, 500_000, tzinfo=UTC)),
        ('"2026-09-30T23:59:00+00:00"', datetime(2026, 9, 30, 23, 59, tzinfo=UTC)),
    ],
)
def test_dates(tmp_path: Path, written: str, expected: datetime) -> None:
    """With a zone; quoted or not."""
    course = read(tmp_path, LEAST.replace("{weight: 2}", f"{{due: {written}}}"))

    assert course.checkpoints[1].due == expected


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("course: Cloud\n", "", "line 1: course: missing; expected e.g. `course: Cloud"),
        ("course:", "curse:", "line 1: curse: unknown key; did you mean 'course'?\nline 1: course: missing; exp"),
        ("course: Cloud", "course: [1]", "line 1: course: expected text"),
        ("course: Cloud", "course: Cloud\nfoo: 1", "line 2: foo: unknown key; expected one of course, grade_book, "),
        ("{weight: 2}", "{wait: 2}", "line 2: checkpoints.checkpoint-2.wait: unknown key; did you mean 'weight'?"),
        ("{weight: 2}", "{weight: -1}", "line 2: checkpoints.checkpoint-2.weight: expected a number, 0 or more; found"),
        ("{weight: 2}", "{weight: .nan}", "line 2: checkpoints.checkpoint-2.weight: expected a number, 0 or more"),
        ("{weight: 2}", "{weight: yes}", "line 2: checkpoints.checkpoint-2.weight: expected a number, 0 or more"),
        ("{weight: 2}", "2", "line 2: checkpoints.checkpoint-2: expected keys and values of its own"),
        ("checkpoint-2:", "checkpoint-9:", "line 2: checkpoints.checkpoint-9: no checkpoint is called 'checkpoint-9'"),
        ("checkpoint-2:", "checkpoint-1:", "line 2: checkpoints.checkpoint-1: checkpoint-1 is given twice; the first"),
        ("{1: , checkpoint-2: {weight: 2}}", "{}", "line 2: checkpoints: expected at least one; expected e.g. `chec"),
        ("{weight: 2}", "{due: 2026-09-30}", "due: expected date, time and zone, like 2026-11-30T23:59:00-03:00: the"),
        ("{weight: 2}", "{due: 2026-09-30T23:59:00}", "the time zone must be said; found `2026-09-30T23:59:00`"),
        ("{weight: 2}", "{due: 9999-12-31T23:59:00-03:00}", "expected a year from 1970 to 9998; found `9999-12-31T2"),
        ("{weight: 2}", "{due: soon}", "due: expected date, time and zone, like 2026-11-30T23:59:00-03:00; found `s"),
        ("group: b", "group: A", "line 7: groups[1].group: A is given twice; the first is in line 4"),
        ("group: b", "group: a/b", "line 7: groups[1].group: expected up to 63 letters"),
        ('id: "2"', 'id: "1"', "line 9: groups[1].members[0].id: 1 is given twice; the first is in line 6, of group a"),
        ('id: "2"', 'ID: "2"', "line 9: groups[1].members[0].ID: unknown key; did you mean 'id'?\nline 9: groups"),
        ('[{name: Bia, id: "2"}]', "[]", "line 9: groups[1].members: expected at least one; expected e.g. `memb"),
        ('[{name: Bia, id: "2"}]', "Bia", "line 9: groups[1].members: expected a list; expected e.g. `members: [{"),
        ('id: "2"', 'id: "2", email: bia', "groups[1].members[0].email: expected an e-mail address, like ana@exampl"),
        ("kit: a.yaml", "kit: no.yaml", "line 5: groups[0].kit: FOLDER/no.yaml: no such file"),
        ("kit: a.yaml", "kit: 7", "line 5: groups[0].kit: expected a path, as `kit: kits/kit-a.yaml`, or the keys of"),
        ("    kit: a.yaml\n", "", "line 4: groups[0].kit: missing; expected e.g. `kit: kits/kit-a.yaml`"),
        ("{ssh: host-b}", "{ssh: host-A}", "line 8: groups[1].kit: the address host-A:22 is already that of group a"),
        ("{ssh: host-b}", '{ssh: "x@host-a:22"}', "line 8: groups[1].kit: the address host-a:22 is already that of g"),
        ("{ssh: host-b}", "{shs: host-b}", "line 8: groups[1].kit.access.shs: unknown key; did you mean 'ssh'?\nline"),
        ("172.16.0.0/20}", "172.16.0.3/20}", "line 8: groups[1].kit.network: expected the network's first address; "),
        ("{access:", "{kit: A, access:", "line 8: groups[1].kit: the kit's name A is already that of group a"),
        ("{ssh: host-b}", '{ssh: "c:hush-hush@h"}', "groups[1].kit.access.ssh: a password does not belong here: say"),
        ("course: Cloud", "course: Cloud\npolicy: {counts: first}", "line 2: policy.counts: unknown; found `first`; "),
        ("course: Cloud", "course: Cloud\npolicy: {late_penalty: 10}", "policy.late_penalty: expected a part from 0 t"),
        ("course: Cloud", "course: Cloud\npolicy: {late_step: 0 days}", "policy.late_step: expected a time like `1 da"),
        ("course: Cloud", "course: Cloud\npolicy: {late_limit: 200%}", "policy.late_limit: expected a part from 0 to"),
        ("course: Cloud", "course: Cloud\ngrade_book: mysql://h/d", "line 2: grade_book: a grade book cannot be kep"),
        ("course: Cloud", "course: Cloud\ngrade_book: postgresql://u:hush-hush@h/d", "line 2: grade_book: the grade b"),
        ("course: Cloud", "course: Cloud\ngrade_book: ${NOPE}.sqlite", "line 2: grade_book: environment variable NOP"),
    ],
)  # fmt: skip
def test_mistakes(tmp_path: Path, old: str, new: str, expected: str) -> None:
    """Each costs one line that names the line, the key, and what is expected."""
    assert expected.replace("FOLDER", str(tmp_path)) in refused(tmp_path, LEAST.replace(old, new, 1))


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("submitted: {3: 2026-09-30T23:59:00Z}", "groups[1].submitted.3: checkpoint-3 is none of this course's checkp"),
        ("submitted: {1: 2026-09-30}", "groups[1].submitted.1: expected date, time and zone"),
        ("submitted: {1: 2026-09-30T23:59:00Z, checkpoint-1: 2026-09-30T23:59:00Z}", "checkpoint-1 is given twice"),
        ("marks: [{checkpoint: 1, points: 99, by: t, at: 2026-09-30T23:59:00Z, why: w}]", "checkpoint-1 is worth "),
        ("marks: [{checkpoint: 1, check: x, points: 1, by: t, at: 2026-09-30T23:59:00Z, why: w}]", "no check 'x': th"),
        ("marks: [{checkpoint: 1, points: 1, by: t, at: 2026-09-30T23:59:00Z}]", "groups[1].marks[0].why: missing"),
        ("marks: [{checkpoint: 3, points: 1, by: t, at: 2026-09-30T23:59:00Z, why: w}]", "marks[0].checkpoint: checkp"),
        ("waivers: [{checkpoint: 1, kind: x, by: t, at: 2026-09-30T23:59:00Z, why: w}]", "unknown; found `x`; expec"),
        ("waivers: [{checkpoint: 1, knd: x, by: t, at: 2026-09-30T23:59:00Z, why: w}]", "unknown key; did you mean '"),
    ],
)
def test_mistakes_in_decisions(tmp_path: Path, written: str, expected: str) -> None:
    """Hand-in times, marks and waivers of a group."""
    assert expected in refused(tmp_path, f"{LEAST}    {written}\n")


def test_the_same_kit_file_for_two_groups(tmp_path: Path) -> None:
    """However it is written."""
    text = LEAST.replace("kit: {access: {ssh: host-b}, network: 172.16.0.0/20}", "kit: x/../a.yaml")
    (tmp_path / "x").mkdir()

    assert refused(tmp_path, text) == "line 8: groups[1].kit: the kit file a.yaml is already that of group a"


def test_a_secret_in_a_file_that_others_can_read(tmp_path: Path) -> None:
    """It is refused with a hint, unless the file is its owner's alone; then it goes into a file that is so too."""
    text = inline("      access: {ssh: host-b, password: hush-hush-x}\n      network: 172.16.0.0/20")
    kit = read(tmp_path, text, 0o600).groups[1].kit

    assert kitfile.load(kit).access.password is not None
    assert refused(tmp_path, text).startswith("line 9: groups[1].kit.access.password: a secret in a file that others")
    assert read(tmp_path, text, kits=False).groups[1].id == "b"


def test_a_broken_kit_is_told_with_its_own_line(tmp_path: Path) -> None:
    """File and line of both."""
    (tmp_path / "a.yaml").write_text(KIT.replace("ssh:", "shs:"))

    assert refused(tmp_path, LEAST).startswith(f"line 5: groups[0].kit: {tmp_path}/a.yaml line 2: access.ssh: missing")


def test_everything_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    """A line for each thing, in the file's order, so that all can be mended before the next try."""
    text = LEAST.replace("weight: 2", "wait: 2").replace("host-b", "host-b:0").replace("kit: a.yaml", "kit: no.yaml")

    assert refused(tmp_path, text).splitlines() == [
        "line 2: checkpoints.checkpoint-2.wait: unknown key; did you mean 'weight'?",
        f"line 5: groups[0].kit: {tmp_path}/no.yaml: no such file",
        "line 8: groups[1].kit.access.ssh: expected a port from 1 to 65535; found `host-b:0`",
    ]


def test_a_file_of_something_else_does_not_fill_the_screen(tmp_path: Path) -> None:
    """Of a thousand mistakes the first are told, and how many there are."""
    lines = refused(tmp_path, LEAST + "".join(f"k{number}: 1\n" for number in range(1000))).splitlines()

    assert len(lines) == misfits.TOLD + 1
    assert lines[-1] == f"and {1000 - misfits.TOLD} more"


def test_only_the_kits_of_chosen_groups_must_be_usable(tmp_path: Path) -> None:
    """Nobody waits for another group that has not handed in yet: neither its file nor its variables are needed."""
    text = inline('      access: {ssh: "host-b${NOPE}"}\n      network: 172.16.0.0/20').replace("host-b$", "$")
    course = read(tmp_path, text, chosen=["a"])
    (tmp_path / "a.yaml").write_text("kit: [")

    assert [group.id for group in course.groups] == ["a", "b"]
    assert {each.name for each in tmp_path.iterdir()} == {"a.yaml", "class.yaml"}
    assert refused(tmp_path, text, chosen=["b"]) == (
        "line 9: groups[1].kit.access.ssh: environment variable NOPE is not set"
    )
    assert read(tmp_path, LEAST, chosen=["b"]).groups[1].kit.exists()
    assert refused(tmp_path, LEAST, chosen=["a", "b"]).startswith(f"line 5: groups[0].kit: {tmp_path}/a.yaml line 2")


def test_a_chosen_kit_that_another_group_has_too(tmp_path: Path) -> None:
    """Whose work it is cannot be told, so nobody is graded for it; a third group is."""
    text = f"""{LEAST}  - group: c
    kit: {{access: {{ssh: host-c}}, network: 172.16.0.0/20}}
    members: [{{name: Cai, id: "3"}}]
""".replace("host-b", "host-a")

    assert refused(tmp_path, text, chosen=["a"]) == (
        "line 8: groups[1].kit: the address host-a:22 is already that of group a"
    )
    assert read(tmp_path, text, chosen=["c"]).groups[2].kit.exists()


def test_signs_that_a_terminal_obeys_are_not_repeated(tmp_path: Path) -> None:
    """The message is one line of plain text."""
    assert refused(tmp_path, f'"f\\no\\e[1m": 1\n{LEAST}').startswith("line 1: f o\\x1b[1m: unknown key")


@pytest.mark.parametrize(
    "text", ["", "- 1", "course: [", "&a [*a]", "groups: {x: 1}", "groups: [1]", "groups: [{id: 1}]"]
)
def test_files_of_something_else(tmp_path: Path, text: str) -> None:
    """A few lines, whatever it is, each with the file's name."""
    (tmp_path / "class.yaml").write_text(text)
    with pytest.raises(UsageError) as caught:
        class_file.load(tmp_path / "class.yaml")
    lines = caught.value.lines

    assert 1 <= len(lines) <= 6
    assert all(line.startswith(str(tmp_path / "class.yaml")) for line in lines)
