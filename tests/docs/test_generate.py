"""The reference pages hold all that they are made from; what is said to pipelines fits the templates."""

import re
from pathlib import Path

import pytest
import yaml

from docs.generate import pages, settings
from docs.generate.markdown import code, table
from sigpact.authoring.lints.registry import documented
from sigpact.contract.fields import ROOT as LANGUAGE
from sigpact.contract.forms import records
from sigpact.engine.options import KEYS
from tests.docs.snippets import ROOT, Project, blocks

PAGES = pages()


def sections(page: str) -> dict[str, str]:
    """Return the sections of a page by heading."""
    return dict(re.findall(r"^## (\S+)\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL))


def test_the_language_has_every_key_of_every_record() -> None:
    """In the section of its record."""
    told = sections(PAGES["reference/language.md"])
    for record in records(LANGUAGE):
        keys = re.findall(r"^\| \*{0,2}`(\w+)`", told[record.name], re.MULTILINE)
        assert set(keys) == set(record.by_key)


def test_every_rule_and_lint_has_a_section() -> None:
    """With its four parts."""
    page = PAGES["reference/rules.md"]
    assert list(sections(page)) == list(documented())
    assert page.count("**How to mend it**") == len(documented())


def test_links_within_the_language_lead_somewhere() -> None:
    """MkDocs warns of them as well, where it is installed."""
    page = PAGES["reference/language.md"]
    assert set(re.findall(r"\(#([^)]+)\)", page)) <= {each.lower() for each in sections(page)}


def test_a_setting_that_nobody_tells_fails_the_build(monkeypatch: pytest.MonkeyPatch) -> None:
    """So a new key cannot be forgotten here."""
    monkeypatch.setitem(KEYS, "novel", (int, "a whole number"))
    with pytest.raises(ValueError, match="novel"):
        settings.page()


def test_the_settings_that_are_shown_are_read(tmp_path: Path) -> None:
    """By what reads a project's."""
    (tmp_path / "project").mkdir()
    shown = [*blocks(PAGES["reference/settings.md"])]
    assert shown
    for each in shown:
        Project(tmp_path / "project").run(each)


def test_cells_and_code_hold_any_text() -> None:
    """A bar would end a cell, a backtick code."""
    assert table(("a",), [("x | y\nz",)]) == "| a |\n| --- |\n| x \\| y z |\n"
    assert code("`x`") == "`` `x` ``"


def test_what_the_gates_page_says_to_pipelines_is_known_to_the_templates() -> None:
    """Inputs of the Action, variables of GitLab's job, the id of the hook."""
    page = (ROOT / "docs" / "gate.md").read_text(encoding="utf-8")
    shown = {each.title: yaml.safe_load(each.text) for each in blocks(page) if each.kind == "yaml"}
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    steps = shown[".github/workflows/release.yml"]["jobs"]["release"]["steps"]
    (asked,) = (each for each in steps if each.get("id") == "gate")
    assert set(asked["with"]) <= set(action["inputs"])
    assert "ticket" in action["outputs"]
    template = yaml.safe_load((ROOT / "ci" / "gitlab.yml").read_text(encoding="utf-8"))[".sigpact-gate"]
    assert set(shown[".gitlab-ci.yml"]["may-genre-go"]["variables"]) <= set(template["variables"])
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    (used,) = shown[".pre-commit-config.yaml"]["repos"][0]["hooks"]
    assert used["id"] in {each["id"] for each in hooks}
