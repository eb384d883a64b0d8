"""Which versions are live: by policy and label, as the server chooses among the folders of a base path."""

from pathlib import Path

import pytest

from sigpact.errors import ConfigurationError
from sigpact.findings import Span
from sigpact.savedmodel.versions import layout
from sigpact.serving.model import Every, Label, Latest, Policy, Specific
from sigpact.serving.served import Served, serve
from tests.savedmodel.writer import write_export


def base(folder: Path, *names: str) -> Path:
    """Make a base path with these version folders."""
    folder.mkdir(exist_ok=True)
    for each in names:
        write_export(folder / each, [])
    return folder


def served(folder: Path, policy: Policy | None = None, **labels: int) -> Served:
    """Return what is served of a base path."""
    given = tuple(Label(name, number, Span("f", 9, 5)) for name, number in labels.items())
    return serve("genre", layout(folder), policy, given)


CHOICES: list[tuple[tuple[str, ...], Policy | None, tuple[int, ...]]] = [
    (("1", "2", "10"), None, (10,)),
    (("1", "2", "10"), Latest(), (10,)),
    (("1", "2", "10"), Latest(2), (2, 10)),
    (("1", "2", "10"), Latest(4294967295), (1, 2, 10)),
    (("1", "2", "10"), Every(), (1, 2, 10)),
    (("1", "2", "10"), Specific((1, 10)), (1, 10)),
    (("1", "2", "10"), Specific(()), ()),
    (("-3", "-1", "x"), None, (-1,)),
    ((), None, ()),
    ((), Every(), ()),
]


@pytest.mark.parametrize(("names", "policy", "numbers"), CHOICES)
def test_policies(
    names: tuple[str, ...], policy: Policy | None, numbers: tuple[int, ...], tmp_path: Path
) -> None:
    """The highest numbers, all, or those that are asked for; the server's default is the highest."""
    assert served(base(tmp_path, *names), policy).numbers == numbers


def test_what_is_asked_for_and_not_there(tmp_path: Path) -> None:
    """The server logs it and serves what is there; so do we."""
    folder = base(tmp_path, "1")
    found = served(folder, Specific((1, 7)))
    assert found.numbers == (1,)
    assert found.notes == (
        (
            "Version 7 of servable genre, which was requested to be served as a 'specific' version in the"
            " servable's version policy, was not found in the file system"
        ),
    )
    assert served(folder, Specific(())).notes == ("No specific versions requested for servable genre.",)
    assert served(folder, Specific((1,))).notes == served(folder, Latest(5)).notes == ()
    assert served(base(tmp_path / "e"), None).notes == (
        (
            f"No versions of servable genre found under base path {tmp_path / 'e'}. Did you forget to name"
            " your leaf directory as a number (eg. '/1/')?"
        ),
    )


def test_a_plain_file_is_served_and_does_not_load(tmp_path: Path) -> None:
    """The server takes it for the latest version; its note says what it is."""
    base(tmp_path, "1")
    (tmp_path / "12").write_text("")
    (only,) = served(tmp_path).versions
    assert (only.number, "plain file" in str(only.version.note)) == (12, True)


def test_two_folders_of_one_number(tmp_path: Path) -> None:
    """`latest` and `specific` keep the last name; `all` is told both, and the first one holds the number."""
    folder = base(tmp_path, "2", "002", "+2")
    for policy in (Latest(), Specific((2,))):
        (one,) = served(folder, policy).versions
        assert (one.version.folder, one.version.path) == ("2", str(folder / "2"))
    (one,) = served(folder, Every()).versions
    assert (one.version.folder, one.version.path) == ("+2", str(folder / "+2"))
    assert one.version.note == "'002' and '2' is version 2 too; under the policy 'all' the server keeps '+2'"


def test_labels(tmp_path: Path) -> None:
    """Several may stand for one version; each is told where it stands, sorted."""
    found = served(base(tmp_path, "1", "2", "3"), Latest(2), stable=2, canary=3, old=2)
    assert [(each.number, each.labels) for each in found.versions] == [
        (2, ("old", "stable")),
        (3, ("canary",)),
    ]
    assert found.labels == ("canary", "old", "stable")
    assert (found.labelled("stable"), found.labelled("canary"), found.labelled("x")) == (2, 3, None)
    assert str(found) == "2 (old, stable), 3 (canary) is served (policy: latest 2)"
    assert str(served(tmp_path, Specific(()))) == "no version is served (policy: specific none)"


@pytest.mark.parametrize(
    ("policy", "live"), [(Latest(), "3"), (Specific((1, 9)), "1"), (Specific(()), "none")]
)
def test_a_label_for_what_is_not_live(policy: Policy, live: str, tmp_path: Path) -> None:
    """The server refuses the whole configuration, also where the version's folder is there."""
    with pytest.raises(ConfigurationError) as caught:
        served(base(tmp_path, "1", "2", "3"), policy, stable=2)
    assert str(caught.value) == (
        "f:9:5: Request to assign label to version 2 of model genre, which is not currently available for"
        f" inference (label 'stable'; live is {live})"
    )
