"""`livewatch rules …`: what is watched for, and how well."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.options import (
    AsJson,
    ConfigFile,
    History,
    HistoryRooms,
    HistorySince,
    HistoryUntil,
    IsJson,
    MaybeFiles,
    Packs,
    asked_of,
)

__all__ = ["app"]

app = typer.Typer(
    help="The rules: what is watched for, and on which legal basis.", no_args_is_help=True
)

OnlyRules = Annotated[
    list[str] | None,
    typer.Option("--rule", metavar="ID", help="Only this rule; may be repeated."),
]


@app.command("list")
def rules_list(
    as_json: AsJson = False,
    stage: Annotated[
        list[str] | None,
        typer.Option(
            help="Only rules of this stage (draft, shadow, trial, stable, retired, unseen)."
        ),
    ] = None,
    packs: Packs = None,
    config: ConfigFile = None,
) -> None:
    """List the rules with their legal basis and the number of their cases.

    Violations that no rule looks for are listed with the reason, under the stage `unseen`.

    \b
    Exit status: 0 done; 2 bad usage; 3 the rule packs cannot be used; 130 interrupted.
    """
    from monitor.commands import rules as command

    raise typer.Exit(
        command.show_rules(as_json=as_json, stages=stage or (), packs=packs or (), config=config)
    )


@app.command("test")
def rules_test(
    rule: OnlyRules = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Name the cases that hold, too.")
    ] = False,
    evasion: Annotated[
        bool,
        typer.Option("--evasion", help="Hide the words of text cases in every way, too; slow."),
    ] = False,
    packs: Packs = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Run the rules' own cases: those that must raise an alert, and those that must not.

    \b
    Exit status: 0 all hold; 1 a case failed; 2 bad usage; 3 the rule packs cannot be used;
    130 interrupted.
    """
    from monitor.commands import rules as command

    raise typer.Exit(
        command.check_cases(
            rule_ids=rule or (),
            verbose=verbose,
            evasion=evasion,
            packs=packs or (),
            config=config,
            as_json=as_json,
        )
    )


@app.command("check")
def rules_check(
    rule: OnlyRules = None,
    on: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="Day of law and suppressions in China; today."),
    ] = None,
    packs: Packs = None,
    suppressions: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A site's suppressions; as configured.")
    ] = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Check packs and suppressions: schema, ids, references, notes, groups, exemptions, expiry.

    A warning is something that may be so: a clause that no case shows from one of its sides.

    \b
    Exit status: 0 no errors; 1 some, or packs that do not load; 2 bad usage; 3 configuration;
    130 interrupted.
    """
    from monitor.commands import rules as command

    raise typer.Exit(
        command.check_packs(
            on=on,
            rule_ids=rule or (),
            packs=packs or (),
            suppressions=suppressions,
            config=config,
            as_json=as_json,
        )
    )


@app.command("compile")
def rules_compile(packs: Packs = None, config: ConfigFile = None, as_json: AsJson = False) -> None:
    """Compile the rules now into the image that every command maps, and say where it lies.

    Any command does it by itself when packs or the program have changed; done beforehand, the first
    one need not wait.

    \b
    Exit status: 0 done; 1 it could not be kept; 2 bad usage; 3 the rule packs cannot be used;
    130 interrupted.
    """
    from monitor.commands import rules as command

    raise typer.Exit(command.compile_packs(packs or (), config, as_json=as_json))


@app.command("new")
def rules_new(
    rule: Annotated[str, typer.Argument(metavar="ID", help="Id of the rule, in kebab-case.")],
    find: Annotated[
        list[str],
        typer.Option(metavar="WORD", help="A word that has to be said; may be repeated."),
    ],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="A new file; else printed."),
    ] = None,
    kind: Annotated[
        str, typer.Option(metavar="KIND", help="How it finds them: words, or frames.")
    ] = "words",
    fires: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TEXT", help="Of frames: a sentence that makes the claim; may be repeated."
        ),
    ] = None,
    quiet: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TEXT", help="Of frames: a lawful one that looks like it; may be repeated."
        ),
    ] = None,
    requires: Annotated[
        list[str] | None,
        typer.Option(
            metavar="WORD", help="A word of which one has to stand near; may be repeated."
        ),
    ] = None,
    exempt: Annotated[
        list[str] | None,
        typer.Option(metavar="WORD", help="A word that makes it no claim; may be repeated."),
    ] = None,
    category: Annotated[
        list[str] | None,
        typer.Option(metavar="CLASS", help="Class of goods, as in docs/rules.md; may be repeated."),
    ] = None,
    title: Annotated[str, typer.Option(help="Title, in Chinese.")] = "待定",
    title_en: Annotated[str, typer.Option(help="Title, in English.")] = "To be named",
    focus: Annotated[str, typer.Option(help="Focus area, F1 to F8.")] = "F2",
    law: Annotated[
        list[str] | None,
        typer.Option(metavar="REF", help="Basis “short name/duty” (livewatch law show)."),
    ] = None,
    packs: Packs = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Write a pack with a rule of words or a frame and cases from both sides, ready to load and to change.

    \b
    Exit status: 0 done; 2 bad usage, or the file exists; 3 what was given makes no pack;
    130 interrupted.
    """
    from monitor.commands import new_rule as command

    wanted = command.NewRule(
        id=rule,
        kind=kind,
        find=find,
        fires=fires or [],
        quiet=quiet or [],
        requires=requires or [],
        exempt=exempt or [],
        category=category or [],
        title=title,
        title_en=title_en,
        focus=focus,
        law=law or [],
    )
    raise typer.Exit(command.run(wanted, output, packs=packs or (), config=config, as_json=as_json))


@app.command("explain")
def rules_explain(
    rule: Annotated[
        str | None,
        typer.Argument(metavar="RULE", help="Id of the rule; with --text, all if missing."),
    ] = None,
    files: Annotated[
        list[str] | None, typer.Argument(metavar="FILE…", help="Recordings; - is standard input.")
    ] = None,
    text: Annotated[
        str | None, typer.Option(metavar="LINE", help="A line of text instead of a recording.")
    ] = None,
    category: Annotated[
        str | None,
        typer.Option(metavar="CLASS", help="--text: class of the product on screen; else unknown."),
    ] = None,
    role: Annotated[
        str, typer.Option(help="--text: who says it: host, assistant, viewer; or title of a card.")
    ] = "host",
    lateness: Annotated[
        float,
        typer.Option(min=0, max=3600, metavar="SECONDS", help="How far out of order events come."),
    ] = 10.0,
    limit: Annotated[int, typer.Option(min=0, help="Most steps that are printed.")] = 200,
    decided: Annotated[
        bool,
        typer.Option(
            "--decided",
            help="Only steps with a finding or a stated silence; --text: only rules that found something.",
        ),
    ] = False,
    packs: Packs = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Show what one rule made of a recording, step by step; or what every rule makes of a line.

    Of a recording, for each event or utterance with something to decide: the words that were
    found, the gate, clause or figure that decided, and what was raised or why nothing was. Then
    the counts, and what the rule remembers of each room. Of a line (--text), for every rule why it
    fires or keeps silent, also where no word was found.

    \b
    Exit status: 0 done, whatever was found; 2 no such rule, no readable input; 3 the rule packs
    cannot be used; 130 interrupted.
    """
    if text is not None:
        from monitor.commands import explain_text

        if files:
            raise typer.BadParameter("--text takes no recording")
        asked = explain_text.TextOptions(
            text=text,
            category=category,
            role=role,
            rule=rule,
            silent=not decided,
            packs=packs or (),
            config=config,
            json=as_json,
        )
        raise typer.Exit(explain_text.explain_text(asked))
    if rule is None or not files:
        raise typer.BadParameter("give a rule and recordings, or --text LINE")
    from monitor.commands import explain as command

    options = command.ExplainOptions(
        packs=packs or (),
        config=config,
        lateness_s=lateness,
        limit=limit,
        decided=decided,
        json=as_json,
    )
    raise typer.Exit(command.run(rule, files, options))


@app.command("diff")
def rules_diff(
    before: Annotated[
        str, typer.Argument(metavar="BEFORE", help="A pack, a folder of packs, or `builtin`.")
    ],
    after: Annotated[str, typer.Argument(metavar="AFTER", help="The same.")],
    recording: Annotated[
        list[str] | None,
        typer.Option("--recording", metavar="FILE", help="Compare what they raise on it, too."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what differs between two sets of packs, and what their versions should do.

    Fields, thresholds and words, one by one; * marks what changes the meaning. A folder that
    changes ours (`override`) is compared as ours with these changes.

    \b
    Exit status: 0 done; 2 no readable recording; 3 packs that cannot be used; 130 interrupted.
    """
    from monitor.commands import compare as command

    raise typer.Exit(command.diff(before, after, recordings=recording or (), as_json=as_json))


@app.command("backtest")
def rules_backtest(
    packs: Annotated[
        list[Path],
        typer.Option("--packs", metavar="PATH", help="The changed packs, files or folders."),
    ],
    files: MaybeFiles = None,
    data: History = None,
    room: HistoryRooms = None,
    since: HistorySince = None,
    until: HistoryUntil = None,
    labels: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="What officers found: JSON lines, see docs/rules.md."),
    ] = None,
    rule: OnlyRules = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Run recordings, or what a monitor has had, again under changed packs: alerts gained, lost, of
    another level.

    A rule of the changed packs takes the place of the one with its id; all others stay.

    \b
    Exit status: 0 no alert was gained or lost and no level changed (with --labels: no confirmed
    alert was lost); 1 otherwise; 2 no readable input; 3 packs that cannot be used; 4 the monitor's
    store or archive cannot be reached; 130 interrupted.
    """
    from monitor.commands import compare as command

    asked = asked_of(data, room, since, until, config, files)
    raise typer.Exit(
        command.backtest(
            files or [],
            asked=asked,
            packs=packs,
            labels=labels,
            rules=rule or (),
            config=config,
            as_json=as_json,
        )
    )


@app.command("record")
def rules_record(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Labelled texts and recordings.")],
    sample: Annotated[
        int, typer.Option(min=1, metavar="N", help="Only each N-th row, for a quick look.")
    ] = 1,
    packs: Packs = None,
    config: ConfigFile = None,
    _json: IsJson = True,
) -> None:
    """Print what all rules make of every labelled text and every case, to compare revisions.

    One JSON object a line: rule, level, subject, hits and places of each alert.

    \b
    Exit status: 0 done; 2 no labelled files, or files that cannot be read; 3 the rule packs cannot
    be used; 130 interrupted.
    """
    from monitor.commands import record as command

    raise typer.Exit(command.record(folder, sample=sample, packs=packs or (), config=config))


@app.command("compare")
def rules_compare(
    before: Annotated[Path, typer.Argument(metavar="BEFORE", help="A record.")],
    after: Annotated[Path, typer.Argument(metavar="AFTER", help="Another one.")],
    as_json: AsJson = False,
) -> None:
    """Show what differs between two records of `rules record`.

    \b
    Exit status: 0 done, whatever differs; 2 a file that is no record; 130 interrupted.
    """
    from monitor.commands import record as command

    raise typer.Exit(command.compare(before, after, as_json=as_json))


@app.command("evaluate")
def rules_evaluate(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Labelled texts and recordings.")],
    half: Annotated[
        str,
        typer.Option(metavar="HALF", help="Which files RULE.HALF.jsonl: dev, heldout, both."),
    ] = "dev",
    rule: OnlyRules = None,
    wrong: Annotated[bool, typer.Option("--wrong", help="Show the rows decided wrongly.")] = False,
    evasion: Annotated[
        bool, typer.Option("--evasion", help="Hide the decisive words in every way, too; slow.")
    ] = False,
    delivery: Annotated[
        bool,
        typer.Option("--delivery", help="Join and cut spoken lines as recognisers do, too; slow."),
    ] = False,
    sample: Annotated[
        int, typer.Option(min=1, metavar="N", help="Only each N-th row, for a quick look.")
    ] = 1,
    packs: Packs = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Measure precision and recall of the rules on labelled texts and recordings.

    DIR holds RULE.dev.jsonl and RULE.heldout.jsonl (lines with text, label, role, category …),
    the same under scenarios/ (recordings with name, expect, events), and ordinary.jsonl, lawful
    lines on which nothing may be raised. All figures come with Wilson's interval of 95 %.

    \b
    Exit status: 0 done; 2 no labelled files, files that cannot be read, or labels of no rule that
    there is; 3 the rule packs cannot be used; 130 interrupted.
    """
    from monitor.commands import evaluate as command

    options = command.EvaluateOptions(
        half=half,
        rules=tuple(rule or ()),
        wrong=wrong,
        evasion=evasion,
        delivery=delivery,
        sample=sample,
        json=as_json,
        packs=packs or (),
        config=config,
    )
    raise typer.Exit(command.run(folder, options))


@app.command("pages")
def rules_pages(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where the pages go.")],
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; fail if a page would change.")
    ] = False,
    packs: Packs = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Write a page for each rule, in Chinese, and an index by focus area.

    What it looks for, its basis, exemptions, thresholds, what an officer has to obtain, known
    false positives, examples from both sides: all from the packs.

    \b
    Exit status: 0 done; 1 --check: pages are not as the packs say; 2 the folder cannot be written;
    3 the rule packs cannot be used; 130 interrupted.
    """
    from monitor.commands import pages as command

    raise typer.Exit(
        command.run(folder, check=check, packs=packs or (), config=config, as_json=as_json)
    )
