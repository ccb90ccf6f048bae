"""What the program says of itself: help texts, and documents that name only what exists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import typer

from xero_sf_pipeline.cli.main import app
from xero_sf_pipeline_tests.cli.conftest import ROOT, Terminal

DOCUMENTS = ("README.md", "docs/connect.md", ".env.example")
MENTION = re.compile(r"xero-sf((?: +(?:--?[a-z][a-z-]*|[a-z][a-z-]*|\"[^\"]*\"|[A-Z]+))+)")


def commands() -> dict[tuple[str, ...], click.Command]:
    """Every command and group by its words."""
    return dict(_walk((), typer.main.get_command(app)))


def _walk(words: tuple[str, ...], command: click.Command) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield words, command
    for name, child in getattr(command, "commands", {}).items():
        yield from _walk((*words, name), child)


def is_group(command: click.Command) -> bool:
    return bool(getattr(command, "commands", None))


def options(command: click.Command) -> set[str]:
    return {name for parameter in command.params for name in parameter.opts} | {"--help"}


def mentions(document: str) -> Iterator[tuple[str, tuple[str, ...], list[str]]]:
    """Each mention of a command line in code: the text, the command it starts with, the options it gives."""
    text = (ROOT / document).read_text(encoding="utf-8")
    spans = re.findall(r"`([^`\n]+)`", text) + re.findall(r"(?m)^(xero-sf [^#\n]+)", text)
    for span in spans:
        for found in MENTION.finditer(span):
            words: tuple[str, ...] = ()
            for word in found[1].split():
                if (*words, word) not in commands():
                    break
                words = (*words, word)
            yield found[0], words, [word for word in found[1].split() if word.startswith("--")]


@pytest.mark.parametrize("words", sorted(commands()), ids=" ".join)
def test_every_command_explains_itself(words: tuple[str, ...], terminal: Terminal) -> None:
    shown = terminal.run(*words, "--help", columns=200)

    assert shown.code == 0
    command = commands()[words]
    assert (command.help or "").split("\n")[0][:60] in shown.out
    for parameter in command.params:
        assert isinstance(parameter, click.Argument) or getattr(parameter, "help", ""), parameter.name


@pytest.mark.parametrize("document", DOCUMENTS)
def test_documents_name_only_commands_and_options_that_exist(document: str) -> None:
    found = list(mentions(document))

    assert found
    for text, words, given in found:
        assert words, f"{document}: {text!r} is no command"
        known = options(commands()[words]) | options(commands()[()])
        assert set(given) <= known, f"{document}: {text!r}"
        rest = text.split()[1 + len(words) :]
        unknown = is_group(commands()[words]) and rest and re.fullmatch("[a-z-]+", rest[0]) and rest[0][0] != "-"
        assert not unknown, f"{document}: {text!r} is no command"


def test_every_command_is_in_the_readme() -> None:
    rows = [
        row for row in (ROOT / "README.md").read_text(encoding="utf-8").splitlines() if row.startswith("| `xero-sf")
    ]
    for words, command in commands().items():
        if not words or is_group(command):
            continue
        row = next((row for row in rows if row.startswith(f"| `xero-sf {words[0]}")), "")
        same = any(row.startswith(f"| `xero-sf {' '.join(words)}") for row in rows)
        assert same or f"`{words[-1]}`" in row or f"`{' '.join(words)}`" in row, " ".join(words)


def test_every_kind_named_in_the_documents_is_a_kind_of_write() -> None:
    from xero_sf_pipeline.planning.kinds import WriteKind

    for document in DOCUMENTS:
        named = set(re.findall(r"--only ([a-z.]+)", Path(ROOT / document).read_text(encoding="utf-8")))
        assert named <= set(WriteKind), document


def test_without_a_command_the_help_is_shown_and_the_exit_code_says_wrong_usage(terminal: Terminal) -> None:
    shown = terminal.run()

    assert shown.code == 2
    assert "preflight" in shown.out + shown.err
