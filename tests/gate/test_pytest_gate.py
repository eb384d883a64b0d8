"""`pytest --sigpact-gate`: the gate as one item of a test run."""

import pytest

from tests.engine.world import APP, GENRE, SCORED
from tests.savedmodel.writer import write_export

pytest_plugins = ["pytester"]
CONFIG = """\
[tool.sigpact]
contracts = ["contracts"]
models = ["models"]
[tool.sigpact.environments.production]
evidence = "static"
"""


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    """Two versions of a model, and a client of the first; nothing has to run."""
    write_export(pytester.path / "models" / "genre" / "1", [GENRE])
    write_export(pytester.path / "models" / "genre" / "2", [GENRE])
    pytester.makepyprojecttoml(CONFIG)
    pytester.mkdir("contracts").joinpath("app.contract.yaml").write_text(APP, encoding="utf-8")
    pytester.makepyfile("def test_mine(): pass")
    return pytester


def test_the_highest_version_is_asked_about(project: pytest.Pytester) -> None:
    """A yes is a passing item beside the others, with an id of its own."""
    done = project.runpytest_subprocess("--sigpact-gate=production", "-v", "-k", "gate or mine")
    done.assert_outcomes(passed=2, deselected=4)
    done.stdout.fnmatch_lines(["*sigpact gate model:genre@2 to production PASSED*"])


def test_a_no_is_a_failure_with_the_report(project: pytest.Pytester) -> None:
    """On one screen, as the command line has it."""
    write_export(project.path / "models" / "genre" / "3", [SCORED])
    done = project.runpytest_subprocess("--sigpact-gate=production", "-k", "gate")
    done.assert_outcomes(failed=1, deselected=7)
    done.stdout.fnmatch_lines(["no: genre@3 to production: it breaks a client that works today"])
    named = project.runpytest_subprocess(
        "--sigpact-gate=production", "--sigpact-subject=genre@2", "-k", "gate"
    )
    named.assert_outcomes(passed=1, deselected=7)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--sigpact-gate=produktion"], "*has no 'produktion'; did you mean 'production'?*"),
        (["--sigpact-gate=production", "--sigpact-subject=gender@2"], "*did you mean 'genre'?*"),
    ],
)
def test_a_name_that_is_none_is_no_pass(project: pytest.Pytester, arguments: list[str], told: str) -> None:
    """A line says what was meant."""
    done = project.runpytest_subprocess(*arguments)
    assert done.ret != 0
    (done.stdout if "subject" in arguments[-1] else done.stderr).fnmatch_lines([told])
