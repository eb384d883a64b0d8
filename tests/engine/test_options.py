"""`[tool.sigpact]`: what a project may set, and what it is told when that is wrong."""

from pathlib import Path

import pytest

from sigpact.engine.options import Configured, configured
from sigpact.engine.registered import Registered
from sigpact.errors import ConfigurationError


def write(folder: Path, text: str | bytes) -> Path:
    """Write a pyproject.toml and return its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pyproject.toml").write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def test_everything_that_can_be_set(tmp_path: Path) -> None:
    """Relative paths are relative to the file, wherever one stands below it."""
    write(
        tmp_path,
        '[tool.sigpact]\ncontracts = ["contracts", "/abs"]\nmodels = ["m", "genre=build/genre", "a/b=c"]\n'
        "rows = 0\nseed = 7\ntime_budget = 60\n"
        '[tool.sigpact.checks]\nis_permutation = "own.checks:is_permutation"\n',
    )
    below = tmp_path / "deep" / "down"
    below.mkdir(parents=True)
    assert configured(below) == Configured(
        str(tmp_path / "pyproject.toml"),
        (str(tmp_path / "contracts"), "/abs"),
        (str(tmp_path / "m"), f"genre={tmp_path / 'build' / 'genre'}", str(tmp_path / "a/b=c")),
        0,
        7,
        60,
        checks=Registered(
            str(tmp_path / "pyproject.toml"), (("is_permutation", "own.checks:is_permutation"),)
        ),
    )


@pytest.mark.parametrize("text", ["s3://bucket/store", "memory://store", "/abs", "store"])
def test_a_store_is_a_url_or_a_path_from_the_file(text: str, tmp_path: Path) -> None:
    """URLs stay; paths are relative to the file, as all paths of it."""
    found = configured(write(tmp_path, f'[tool.sigpact]\nstore = "{text}"\n')).store
    assert found == (str(tmp_path / "store") if text == "store" else text)


@pytest.mark.parametrize("text", ["", "[tool.other]\nrows = -1\n", "[project]\nname = 'x'\n"])
def test_nothing_set(text: str, tmp_path: Path) -> None:
    """A file that does not speak of sigpact sets nothing; the nearest one counts."""
    write(tmp_path, "[tool.sigpact]\nrows = 3\n")
    write(tmp_path / "inner", text)
    assert configured(tmp_path / "inner").rows is None


def test_no_file_at_all(tmp_path: Path) -> None:
    """Above the temporary folder there is none, or one that sets nothing."""
    assert configured(tmp_path) in (Configured(), configured(tmp_path.parent))


MISTAKES: list[tuple[str | bytes, str]] = [
    ("[tool.sigpact]\nrow = 3\n", "[tool.sigpact] has no key 'row'; did you mean 'rows'?"),
    (
        "[tool.sigpact]\nxyz = 3\n",
        "has no key 'xyz'; there is contracts, models, store, rows, seed, time_budget, checks, environments",
    ),
    ('[tool.sigpact]\nrows = "3"\n', "rows is '3'; expected a whole number from 0"),
    ("[tool.sigpact]\nrows = -3\n", "rows is -3; expected a whole number from 0"),
    ("[tool.sigpact]\nseed = -1\n", "seed is -1; expected a whole number from 0"),
    ("[tool.sigpact]\nrows = true\n", "rows is True; expected a whole number from 0"),
    ("[tool.sigpact]\nrows = 1.5\n", "rows is 1.5; expected a whole number from 0"),
    ('[tool.sigpact]\nmodels = "m"\n', "models is 'm'; expected a list of base paths"),
    ("[tool.sigpact]\nstore = [3]\n", "store is [3]; expected a path or URL"),
    ("[tool.sigpact]\nmodels = [3]\n", "paths are texts, found 3"),
    ("[tool.sigpact]\nchecks = 3\n", "checks is 3; expected a table of checks: [tool.sigpact.checks] name ="),
    ('[tool.sigpact.checks]\nf = "own"\n', "[tool.sigpact.checks] f is 'own'; expected \"module:function\""),
    ('[tool.sigpact.checks]\nf = "own:f()"\n', "f is 'own:f()'; expected \"module:function\""),
    ("[tool.sigpact.checks]\nf = 3\n", 'f is 3; expected "module:function"'),
    ("tool = 3  # sigpact\n", "[tool.sigpact] is no table of keys and values"),
    ('[tool]\nsigpact = "x"\n', "[tool.sigpact] is no table of keys and values"),
    ("[[tool.sigpact]]\nrows = 3\n", "[tool.sigpact] is no table of keys and values"),
    ("[tool.sigpact]\nrows = = 3\n", "Invalid value"),
    (b"\xff\xfe", "codec can't decode"),
]


@pytest.mark.parametrize(("text", "message"), MISTAKES)
def test_mistakes_name_the_file_the_key_and_what_was_expected(
    text: str | bytes, message: str, tmp_path: Path
) -> None:
    """One line, never a traceback."""
    with pytest.raises(ConfigurationError) as caught:
        configured(write(tmp_path, text))
    assert str(caught.value).startswith(f"{tmp_path / 'pyproject.toml'}: ")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_does_not_speak_of_sigpact_is_not_read_further(tmp_path: Path) -> None:
    """A project's other mistakes are its own, and parsing TOML would cost a clean start its time."""
    (tmp_path / "pyproject.toml").write_text("rows = = 3\n", encoding="utf-8")
    assert configured(tmp_path) == Configured()
