"""The commands `kitcheck class ...`: grading, marks, waivers, what stands in the grade book, exports, pages."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from kitcheck.course.serving import HOST, PORT

app = typer.Typer(name="class", help="Grades a whole class, and keeps its grade book.", no_args_is_help=True)

ClassFile = Annotated[Path, typer.Argument(metavar="FILE", help="The class file, class.yaml.")]
GroupOption = Annotated[str, typer.Option("--group", metavar="G", help="The group's id in the class file.")]
CheckpointOption = Annotated[str, typer.Option("--checkpoint", metavar="C", help="As `checkpoint-3`, or `3`.")]
WhyOption = Annotated[str, typer.Option("--why", metavar="TEXT", help="The reason, which is kept.")]
ByOption = Annotated[str | None, typer.Option("--by", metavar="NAME", help="Who says so; the user, when left out.")]


@app.command()
def grade(
    file: ClassFile,
    checkpoint: Annotated[
        list[str] | None,
        typer.Option(metavar="CHECKPOINT", help="What to grade (3 is short for checkpoint-3); repeatable."),
    ] = None,
    group: Annotated[
        list[str] | None, typer.Option(metavar="G", help="Whom to grade; repeatable. Left out: everybody.")
    ] = None,
    jobs: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Kits at once; twice the cores, when left out.")
    ] = None,
    executor: Annotated[
        str | None, typer.Option(metavar="dask://HOST:PORT", help="Grade on the workers of a Dask scheduler.")
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Also what a run that was interrupted has graded already.")
    ] = False,
    left: Annotated[bool, typer.Option("--left", help="Only what has no grade yet, or is to be graded again.")] = False,
    limit: Annotated[
        float, typer.Option(metavar="SECONDS", min=1, help="The most that grading one kit may take.")
    ] = 600,
) -> int:
    """Grade the kits of a class, and write every attempt into its grade book."""
    from kitcheck.course import class_file, running
    from kitcheck.course.book import open_book
    from kitcheck.ending import interrupted_when_terminated

    course = class_file.load(file, chosen=group or ())
    with interrupted_when_terminated(), open_book(course.grade_book) as book:
        return running.grade_class(
            course,
            book,
            checkpoints=checkpoint or (),
            groups=group or (),
            jobs=jobs,
            executor=executor,
            out=sys.stdout,
            again=again,
            left=left,
            limit_s=limit,
        )


@app.command()
def show(file: ClassFile) -> int:
    """Show the grades of a class: points, lateness, and what is to be graded again."""
    from kitcheck.course import standing

    return standing.show(file)


@app.command()
def mark(
    file: ClassFile,
    group: GroupOption,
    checkpoint: CheckpointOption,
    points: Annotated[float, typer.Option(metavar="P", help="Points that a person gives.")],
    why: WhyOption,
    check: Annotated[
        str | None, typer.Option(metavar="ID", help="The check; the whole checkpoint, when left out.")
    ] = None,
    by: ByOption = None,
) -> int:
    """Write down points that a person gives, for a check that nobody else can grade or for a whole checkpoint."""
    from kitcheck.course import marks

    return marks.mark(file, group=group, checkpoint=checkpoint, check=check, points=points, why=why, by=by)


@app.command()
def waive(
    file: ClassFile,
    group: GroupOption,
    checkpoint: CheckpointOption,
    kind: Annotated[str, typer.Option(metavar="excused|lateness", help="What does not count.")],
    why: WhyOption,
    expires: Annotated[
        str | None, typer.Option(metavar="DATE", help="Until when, with its time zone; for ever, when left out.")
    ] = None,
    by: ByOption = None,
) -> int:
    """Excuse a group from a checkpoint, or from having been late."""
    from kitcheck.course import marks

    return marks.waive(file, group=group, checkpoint=checkpoint, kind=kind, why=why, by=by, expires=expires)


@app.command()
def report(
    file: ClassFile,
    out: Annotated[Path, typer.Option(metavar="DIR", help="The folder to write the pages into.")],
    lang: Annotated[str, typer.Option(metavar="LANG", help="Language of the pages: en or pt-BR.")] = "en",
) -> int:
    """Write the class' page, and one for each group, as HTML."""
    from kitcheck.course import handing_out

    return handing_out.report(file, out, lang=lang)


@app.command()
def export(
    file: ClassFile,
    to: Annotated[str, typer.Option(metavar="SYSTEM", help="canvas, moodle, moodle-xml, blackboard, csv or csv-bom.")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="The file to write.")],
    into: Annotated[
        Path | None, typer.Option(metavar="DOWNLOADED", help="A grade book downloaded from the system, to fill in.")
    ] = None,
) -> int:
    """Write the grades as a file that the course's system imports."""
    from kitcheck.exports import classes

    return classes.class_export(file, to=to, out=out, into=into)


@app.command()
def serve(
    file: ClassFile,
    host: Annotated[str, typer.Option(metavar="H", help="The address to listen at.")] = HOST,
    port: Annotated[int, typer.Option(metavar="P", min=0, max=65_535, help="0: any free one.")] = PORT,
    token: Annotated[
        str | None,
        typer.Option(metavar="T", envvar="KITCHECK_TOKEN", help="What the link carries; a random one, when left out."),
    ] = None,
    lang: Annotated[
        str | None,
        typer.Option(
            metavar="LANG", help="Language of the pages: en or pt-BR; what each browser asks for, when left out."
        ),
    ] = None,
) -> int:
    """Serve the class' grades as pages for a browser, read-only, until Ctrl-C."""
    from kitcheck.course.serving import serve

    return serve.serve(file, host=host, port=port, token=token, lang=lang)
