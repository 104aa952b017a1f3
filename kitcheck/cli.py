"""The program `kitcheck`: its commands and options."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from harness.errors import UsageError
from kitcheck import class_commands, telling

app = typer.Typer(
    name="kitcheck",
    help="Simulates and verifies the kits of the Deployment Orchestration lab.",
    epilog="Exit status: 0 all passed, 1 something failed, 2 undecided, 4 unusable arguments or files.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

YOUR_KIT, CLASS, PRACTISING, TRUST = "A kit", "A class", "Kits to practise on", "Why to trust it"
"""What `--help` lists commands under."""

app.add_typer(class_commands.app, rich_help_panel=CLASS)

JsonOption = Annotated[
    Path | None, typer.Option("--json", metavar="FILE", help="Write the result with all evidence as JSON.")
]
MistakeOption = Annotated[
    list[str] | None,
    typer.Option("--mistake", metavar="ID", help="What is different about it, see `kitcheck mistakes`; repeatable."),
]
JunitOption = Annotated[Path | None, typer.Option("--junit", metavar="FILE", help="Write the result as JUnit XML.")]
HtmlOption = Annotated[
    Path | None,
    typer.Option("--html", metavar="FILE", help="Write the result as one HTML page that needs nothing else."),
]
LangOption = Annotated[str, typer.Option("--lang", metavar="LANG", help="Language of the page: en or pt-BR.")]


def main() -> int:
    """Run the program and return its exit status."""
    return telling.run(called)


def called() -> int:
    """Run what the arguments say and return its exit status. Raises UsageError for unusable arguments."""
    try:
        return app(prog_name="kitcheck", standalone_mode=False) or 0
    except typer.TyperException as error:
        # Typer has its own status (2) for an unknown option; ours for whatever cannot be used is 4
        format_message: Callable[[], str] = getattr(error, "format_message", error.__str__)
        if not format_message():
            return telling.UNUSABLE  # nothing was asked for, and the help was printed
        command = getattr(getattr(error, "ctx", None), "command_path", "") or "kitcheck"
        raise UsageError(f"{format_message()} (`{command} --help` lists what there is)") from None


def _show_version(wanted: bool) -> None:
    if wanted:
        from harness.grading import installed_version

        typer.echo(installed_version())
        raise typer.Exit


@app.callback()
def options(
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Simulates and verifies the kits of the Deployment Orchestration lab."""


@app.command(rich_help_panel=YOUR_KIT)
def grade(
    kit: Annotated[
        Path | None, typer.Option("--kit", metavar="FILE", help="The kit.yaml that describes the kit.")
    ] = None,
    simulate: Annotated[bool, typer.Option("--simulate", help="Grade an embedded kit that is made for it.")] = False,
    at: Annotated[
        str | None,
        typer.Option(
            metavar="CHECKPOINT",
            help="With --simulate: what has been built; checkpoint-3, or the end of the mistakes' half, when left out.",
        ),
    ] = None,
    mistake: MistakeOption = None,
    checkpoint: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CHECKPOINT",
            help="What to grade (3 is short for checkpoint-3); may be repeated. Left out: the kit's stage.",
        ),
    ] = None,
    json: JsonOption = None,
    junit: JunitOption = None,
    html: HtmlOption = None,
    lang: LangOption = "en",
    export: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=FILE",
            help="Write the result for gradescope, prairielearn, classroom50, github or junit; repeatable.",
        ),
    ] = None,
    github: Annotated[
        bool, typer.Option("--github", help="In a step of GitHub Actions: add to its summary, and annotate.")
    ] = False,
    evidence: Annotated[
        Path | None,
        typer.Option(metavar="DIR|FILE.zip", help="Write a bundle: result, all evidence, pictures, digests."),
    ] = None,
    sign: Annotated[
        Path | None, typer.Option(metavar="KEY.pem", help="Sign the bundle with this Ed25519 private key.")
    ] = None,
    pictures: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write the pictures that the handout asks for (Playwright and Chromium)."),
    ] = None,
    no_pictures: Annotated[bool, typer.Option("--no-pictures", help="Take no pictures for the bundle.")] = False,
    allow_disruption: Annotated[
        bool,
        typer.Option(
            "--allow-disruption", help="Also make checks that disturb the kit (stop a server) and restore it."
        ),
    ] = False,
) -> int:
    """Grade a kit: a table while it runs, then the verdict, and why."""
    if (kit is None) == (not simulate):
        raise UsageError("say which kit to grade: --kit FILE, or --simulate for one that is made for it")
    from kitcheck.outputs import Outputs

    keeping = None
    if evidence or sign or pictures or no_pictures:
        from kitcheck.evidence.gathering import Keeping

        keeping = Keeping(evidence, sign, pictures, no_pictures)
    outputs = Outputs(json, junit, html, lang, tuple(export or ()), github, keeping)
    if kit is None:
        from kitcheck import simulated

        return simulated.grade(
            at=at,
            mistakes=mistake or (),
            checkpoints=checkpoint or (),
            allow_disruption=allow_disruption,
            outputs=outputs,
        )
    if at is not None or mistake:
        raise UsageError("--at and --mistake are about a kit that is made for the grading: say --simulate, not --kit")
    from kitcheck import grade

    return grade.grade(
        kit, checkpoints=checkpoint or (), allow_disruption=allow_disruption, outputs=outputs, named=True
    )


@app.command(rich_help_panel=YOUR_KIT)
def watch(
    kit: Annotated[Path, typer.Option("--kit", metavar="FILE", help="The kit.yaml that describes the kit.")],
    checkpoint: Annotated[
        list[str] | None, typer.Option(metavar="CHECKPOINT", help="What to look at; repeatable.")
    ] = None,
    every: Annotated[float, typer.Option(metavar="SECONDS", min=1, help="Seconds between two rounds.")] = 5.0,
    until_passed: Annotated[bool, typer.Option("--until-passed", help="End when everything passed.")] = False,
) -> int:
    """Check a kit again every few seconds while somebody works on it, and show what changes, until Ctrl-C."""
    from kitcheck import watch

    return watch.watch(kit, checkpoints=checkpoint or (), every=every, until_passed=until_passed)


@app.command(rich_help_panel=YOUR_KIT)
def doctor(
    kit: Annotated[Path, typer.Option("--kit", metavar="FILE", help="The kit.yaml that describes the kit.")],
    json: Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write every step as JSON.")] = None,
) -> int:
    """Tell step by step what of a kit can be reached, and what to mend, without grading it."""
    from kitcheck import doctor

    return doctor.doctor(kit, json=json)


@app.command(rich_help_panel=YOUR_KIT)
def report(
    document: Annotated[
        Path | None, typer.Argument(metavar="[RESULT]", help="A result, or a bundle of evidence.", show_default=False)
    ] = None,
    kit: Annotated[
        Path | None, typer.Option("--kit", metavar="FILE", help="With --handin: grade this kit now.")
    ] = None,
    html: HtmlOption = None,
    handin: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write the page to hand in, Markdown with pictures, into this folder."),
    ] = None,
    checkpoint: Annotated[
        list[str] | None, typer.Option(metavar="CHECKPOINT", help="With --kit: what to grade; repeatable.")
    ] = None,
    pictures: Annotated[
        Path | None, typer.Option(metavar="DIR", help="With --html: the folder of the pictures that evidence names.")
    ] = None,
    no_pictures: Annotated[bool, typer.Option("--no-pictures", help="With --kit: take no pictures.")] = False,
    lang: LangOption = "en",
) -> int:
    """Write a result as a page: as HTML, or as the Markdown that a group hands in."""
    if (html is None) == (handin is None):
        raise UsageError("say what to write: --html FILE, or --handin DIR")
    if handin is not None:
        from kitcheck.evidence import handing_in

        return handing_in.report(
            handin, kit=kit, result=document, checkpoints=checkpoint or (), lang=lang, pictures=not no_pictures
        )
    if kit is not None:
        raise UsageError("--kit goes with --handin; `kitcheck grade --kit FILE --html FILE` grades and writes a page")
    if document is None or html is None:
        raise UsageError("say which result to write: the file that `kitcheck grade --json` wrote")
    from kitcheck import rendering

    return rendering.page(document, html, lang=lang, pictures=pictures)


@app.command(rich_help_panel=PRACTISING)
def demo(
    docker: Annotated[bool, typer.Option("--docker", help="Build the kit from containers.")] = False,
    json: JsonOption = None,
    junit: JunitOption = None,
    html: HtmlOption = None,
    lang: LangOption = "en",
) -> int:
    """Build kits with every part of the lab done, grade them, and remove them again."""
    from kitcheck import demo

    return demo.demo(docker=docker, json=json, junit=junit, html=html, lang=lang)


@app.command(rich_help_panel=PRACTISING)
def up(
    docker: Annotated[bool, typer.Option("--docker", help="Build the kit from containers; the default.")] = False,
    embedded: Annotated[
        bool, typer.Option("--embedded", help="Play the kit in this process, until it is interrupted.")
    ] = False,
    name: Annotated[str, typer.Option(metavar="NAME", help="What to call the kit.")] = "kit",
    network: Annotated[
        str | None,
        typer.Option(metavar="CIDR", help="The kit's network; the lab's own, 172.16.0.0/20, or the next free one."),
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(
            metavar="CHECKPOINT",
            help="What has been built already; nothing, when left out. Where the kit exists: what to put it back to.",
        ),
    ] = None,
    mistake: MistakeOption = None,
    like_live: Annotated[
        bool,
        typer.Option("--like-live", help="A kit of containers that differs from the handout's as real ones do."),
    ] = False,
) -> int:
    """Start a simulated kit, or put one that exists back to a checkpoint; print its kit.yaml and how to reach it."""
    from kitcheck import kits

    if docker and embedded:
        raise UsageError("--docker and --embedded exclude each other")
    return kits.up(name, embedded=embedded, network=network, at=at, mistakes=mistake or (), like_live=like_live)


@app.command(rich_help_panel=PRACTISING)
def kits() -> int:
    """List the simulated kits that are running."""
    from kitcheck import kits

    return kits.show()


@app.command(rich_help_panel=PRACTISING)
def down(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="The kit to remove.", show_default=False)] = None,
    every: Annotated[bool, typer.Option("--all", help="Remove every simulated kit.")] = False,
) -> int:
    """Remove a simulated kit, or all of them, leaving nothing behind."""
    from kitcheck import kits

    return kits.down(name, every=every)


@app.command(rich_help_panel=PRACTISING)
def mistakes(
    json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> int:
    """List what can be different about a kit: mistakes, correct variations, and faults that keep us from telling."""
    from kitcheck import mistakes

    return mistakes.mistakes(as_json=json)


@app.command(rich_help_panel=PRACTISING)
def replay(
    docker: Annotated[bool, typer.Option("--docker", help="Into a kit of containers; the default.")] = False,
    embedded: Annotated[
        bool, typer.Option("--embedded", help="Into an embedded kit; what it cannot run is listed as such.")
    ] = False,
    edition: Annotated[
        str, typer.Option(metavar="A|B", help="Of the handout: A has Juju 2.9 and checkpoints 2 to 5, B Juju 3.6.")
    ] = "B",
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave the kit running at the end; one of containers only.")
    ] = False,
    name: Annotated[str | None, typer.Option(metavar="NAME", help="What to call the kit.")] = None,
    network: Annotated[str | None, typer.Option(metavar="CIDR", help="The kit's network, as for `up`.")] = None,
    json: Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write every line's outcome.")] = None,
) -> int:
    """Type every command line of a handout into a simulated kit, show what becomes of each, and grade the kit."""
    from kitcheck import replay

    if docker and embedded:
        raise UsageError("--docker and --embedded exclude each other")
    return replay.replay(docker=not embedded, edition=edition, json=json, keep=keep, name=name, network=network)


@app.command(rich_help_panel=TRUST)
def verify(
    bundles: Annotated[
        list[Path], typer.Argument(metavar="BUNDLE...", help="Folders or .zip files that --evidence wrote.")
    ],
    key: Annotated[
        Path | None, typer.Option(metavar="PUBLIC.pem", help="The public key that the signatures must be by.")
    ] = None,
) -> int:
    """Verify that bundles of evidence are as they were written, by whom they should be, and of different kits."""
    from kitcheck.evidence import verify

    return verify.command(*bundles, key=key)


@app.command(rich_help_panel=TRUST)
def selftest(
    ids: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ID]...", help="What to run; the reference and the whole catalogue, when left out."),
    ] = None,
    docker: Annotated[bool, typer.Option("--docker", help="On kits of containers, instead of embedded ones.")] = False,
    repeat: Annotated[int, typer.Option(metavar="N", min=1, help="Run all as often as that.")] = 1,
    jobs: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Kits at once; chosen by the cores, when left out.")
    ] = None,
    json: Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write what was found as JSON.")] = None,
) -> int:
    """Check the checks: every mistake must fail exactly what it should, and every correct kit must pass."""
    from kitcheck import selftest

    return selftest.selftest(ids or (), docker=docker, repeat=repeat, jobs=jobs, json_file=json)
