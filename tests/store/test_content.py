"""Contracts with their files: gathered, kept, laid out again, and read as they were."""

from pathlib import Path

import pytest

from sigpact.contract.load import load
from sigpact.errors import ConfigurationError, ContractError, StorageError
from sigpact.findings import Span
from sigpact.frozen import replace
from sigpact.store.acts import Desk, publish
from sigpact.store.commit import Commit
from sigpact.store.content import blob, gather, materialised, released
from sigpact.store.history import history
from sigpact.store.records import Published, Record
from sigpact.store.subjects import Subject
from sigpact.store.written import digest
from tests.store.builders import APP, CONTRACT, START, Shelf, contracts, desk, published, written

FULL = """\
contract: 1
client: mobile-app
model: genre
signatures:
  s:
    inputs:
      x: {dtype: bytes, shape: [batch, 2], samples: [[{file: golden/cat.jpg}, {file: golden/dog.jpg}]]}
    outputs:
      y: {dtype: text, shape: [batch, 2], enum_from: names/genres.txt, labels: {from: names/labels.txt}}
    rows_from: [golden/one.jsonl, 'golden/more/*.jsonl']
    examples:
      - {name: e, inputs: {x: [[{file: golden/./cat.jpg}, {file: golden/emu.jpg}]]}}
"""
NAMED = (
    *("golden/cat.jpg", "golden/dog.jpg", "golden/emu.jpg", "golden/more/a.jsonl", "golden/more/b.jsonl"),
    *("golden/one.jsonl", "names/genres.txt", "names/labels.txt"),
)


@pytest.fixture
def full(tmp_path: Path) -> Path:
    """Return a contract that names files in every way there is, beside one that it does not name."""
    folder = tmp_path / "contracts"
    for name in (*NAMED, "golden/unnamed.jpg", "golden/more/c.txt"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"{name}\nother\n", encoding="utf-8")
    file = folder / "all.contract.yaml"
    file.write_text(FULL, encoding="utf-8")
    return file


def _published(shelf: Shelf, *files: Path) -> tuple[Record, Published]:
    gathered = gather([load(each) for each in files], "mobile-app")
    kept = publish(desk(shelf), Subject(APP, "4.3"), gathered, Commit())
    assert isinstance(kept.record.body, Published)
    return kept.record, kept.record.body


def test_a_contract_knows_the_files_that_it_names(full: Path) -> None:
    """Values, labels, bytes, rows by name and by glob; relative to its folder, each once."""
    assert load(full).files == NAMED


def test_a_release_has_the_contracts_and_their_files(full: Path, tmp_path: Path) -> None:
    """Nothing else, and what is read of it is what was read of the original, from files of its own."""
    shelf = Shelf()
    record, body = _published(shelf, full)
    assert tuple(path for path, _ in body.files) == ("all.contract.yaml", *NAMED)
    folder = materialised(shelf, record, body, tmp_path / "cache")
    assert folder == tmp_path / "cache" / record.digest
    found = sorted(str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file())
    assert found == ["all.contract.yaml", *NAMED]
    (contract,) = released(shelf, record, body, tmp_path / "cache")
    original = load(full)
    moved = str(original).replace(str(full.parent), str(folder))
    assert str(contract) == moved
    assert contract.file == str(folder / "all.contract.yaml")


def test_spans_tell_the_release_and_the_path_in_it(full: Path, tmp_path: Path) -> None:
    """Where a person finds the line, whatever folder it was laid out in."""
    shelf = Shelf()
    (contract,) = released(shelf, *_published(shelf, full), tmp_path / "cache")
    span = contract.span(("signatures", "s", "rows_from"))
    assert span == Span("mobile-app@4.3: all.contract.yaml", 10, 5)
    assert {each.file for each in contract.spans.values()} == {"mobile-app@4.3: all.contract.yaml"}
    assert contract.span(()).file == "mobile-app@4.3: all.contract.yaml"


def test_several_contracts_keep_their_places(tmp_path: Path) -> None:
    """Relative to the folder that has them all; a file that two name is kept once."""
    shelf = Shelf()
    files = [contracts(tmp_path / "c" / name) for name in ("deep/one", "two")]
    record, body = _published(shelf, *files)
    assert body.contracts == ("deep/one/genre.contract.yaml", "two/genre.contract.yaml")
    assert len(body.files) == 4
    assert len([each for each in shelf.files if "/blobs/" in each]) == 2
    assert len(released(shelf, record, body, tmp_path / "cache")) == 2


def test_links_become_files(tmp_path: Path) -> None:
    """By the name that the contract has for them."""
    file = contracts(tmp_path / "c")
    (tmp_path / "c" / "real.txt").write_text("Alien\n", encoding="utf-8")
    (tmp_path / "c" / "names" / "titles.txt").unlink()
    (tmp_path / "c" / "names" / "titles.txt").symlink_to("../real.txt")
    (tmp_path / "link.contract.yaml").symlink_to(file)
    shelf = Shelf()
    record, body = _published(shelf, file)
    assert [path for path, _ in body.files] == ["genre.contract.yaml", "names/titles.txt"]
    folder = materialised(shelf, record, body, tmp_path / "cache")
    assert (folder / "names" / "titles.txt").read_bytes() == b"Alien\n"
    assert not (folder / "names" / "titles.txt").is_symlink()


def test_another_clients_contract_is_refused(tmp_path: Path) -> None:
    """In one line that names it."""
    file = contracts(tmp_path)
    with pytest.raises(ConfigurationError) as caught:
        gather([load(file)], "web")
    assert str(caught.value) == f"{file} is a contract of 'mobile-app', not of 'web'"


def test_an_absolute_name_is_refused(tmp_path: Path) -> None:
    """It would name a folder of the machine that published."""
    file = contracts(tmp_path, CONTRACT.replace("names/titles.txt", f"{tmp_path}/names/titles.txt"))
    with pytest.raises(
        ConfigurationError, match=r"^.*: what is published names files relative to its contract$"
    ):
        gather([load(file)], "mobile-app")


def test_names_that_no_record_can_have_are_refused(tmp_path: Path) -> None:
    """A line break in a file's name."""
    file = contracts(tmp_path, CONTRACT.replace("names/titles.txt", '"a\\nb"'))
    (tmp_path / "a\nb").write_text("Alien\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r": no name that can be published: printable characters"):
        gather([load(file)], "mobile-app")


def test_what_reads_otherwise_once_it_is_copied_is_refused(tmp_path: Path) -> None:
    """`up` is a link: `up/../titles.txt` lies elsewhere than it seems to, and the copy has no such link."""
    (tmp_path / "c" / "deep" / "er").mkdir(parents=True)
    (tmp_path / "c" / "deep" / "titles.txt").write_text("Alien\n", encoding="utf-8")
    (tmp_path / "c" / "up").symlink_to("deep/er")
    file = contracts(tmp_path / "c", CONTRACT.replace("names/titles.txt", "up/../titles.txt"))
    assert load(file).signatures
    with pytest.raises((ConfigurationError, ContractError), match=r"titles\.txt"):
        gather([load(file)], "mobile-app")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (CONTRACT.replace("dtype", "dtipe"), "6:"),
        (
            CONTRACT.replace("mobile-app", "web"),
            "2:9: 'web' is the client here; this is a release of 'mobile-app'",
        ),
    ],
)
def test_what_is_published_is_what_is_checked(text: str, message: str, tmp_path: Path) -> None:
    """The file changes after it was loaded, before it is copied: the copy counts."""
    loaded = load(contracts(tmp_path))
    contracts(tmp_path, text)
    with pytest.raises(ContractError) as caught:
        gather([loaded], "mobile-app")
    assert str(caught.value).startswith(f"published from {tmp_path}: genre.contract.yaml:{message}")


def test_a_cache_is_trusted_only_as_far_as_its_content(full: Path, tmp_path: Path) -> None:
    """Altered, added to, taken from, or a file where the folder should be: it is laid out anew."""
    shelf, cache = Shelf(), tmp_path / "cache"
    record, body = _published(shelf, full)
    folder = materialised(shelf, record, body, cache)
    (folder / "golden" / "cat.jpg").write_bytes(b"dog")
    materialised(shelf, record, body, cache)
    assert (folder / "golden" / "cat.jpg").read_bytes() == b"golden/cat.jpg\nother\n"
    (folder / "golden" / "more" / "z.jsonl").touch()
    materialised(shelf, record, body, cache)
    assert not (folder / "golden" / "more" / "z.jsonl").exists()
    (folder / "golden" / "cat.jpg").unlink()
    materialised(shelf, record, body, cache)
    assert (folder / "golden" / "cat.jpg").exists()
    assert [each.name for each in cache.iterdir()] == [record.digest]


def test_a_cache_that_is_right_needs_no_store(full: Path, tmp_path: Path) -> None:
    """Nothing is read a second time."""
    shelf, cache = Shelf(), tmp_path / "cache"
    record, body = _published(shelf, full)
    folder = materialised(shelf, record, body, cache)
    assert materialised(Shelf(), record, body, cache) == folder


@pytest.mark.parametrize(("damage", "message"), [(None, "is not there"), (b"torn", "is torn or altered")])
def test_a_file_that_is_gone_or_altered_is_named(
    damage: bytes | None, message: str, full: Path, tmp_path: Path
) -> None:
    """With the path that the contract knows it by; nothing is laid out."""
    shelf = Shelf()
    record, body = _published(shelf, full)
    name = blob(APP, dict(body.files)["golden/dog.jpg"])
    if damage is None:
        del shelf.files[name]
    else:
        shelf.files[name] = damage
    with pytest.raises(StorageError) as caught:
        materialised(shelf, record, body, tmp_path / "cache")
    assert str(caught.value).startswith(f"shelf: {name} (golden/dog.jpg) {message}")
    assert not (tmp_path / "cache").exists()


def test_a_cache_that_cannot_be_written_is_one_line(full: Path, tmp_path: Path) -> None:
    """A file stands where the folder should."""
    shelf = Shelf()
    record, body = _published(shelf, full)
    (tmp_path / "cache").touch()
    with pytest.raises(StorageError, match=r"cannot be laid out here: "):
        materialised(shelf, record, body, tmp_path / "cache")


def test_paths_that_cannot_be_side_by_side_are_one_line(tmp_path: Path) -> None:
    """A foreign record: one name for a file and for a folder."""
    shelf, data = Shelf(), b"x"
    body = replace(published(), files=(("a", digest(data)), ("a/b", digest(data))), contracts=("a",))
    (record,) = written(shelf, body)
    shelf.write(blob(APP, digest(data)), data)
    with pytest.raises(StorageError, match=r"cannot be laid out here: "):
        materialised(shelf, record, body, tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_mistake_that_a_newer_sigpact_finds_is_told_by_release(tmp_path: Path) -> None:
    """The contract was fine when it was published."""
    shelf = Shelf()
    gathered = gather([load(contracts(tmp_path))], "mobile-app")
    broken = replace(gathered, content=((gathered.contracts[0], b"contract: 1\nclient: mobile-app\n"),))
    kept = publish(Desk(shelf, history(shelf), START), Subject(APP, "4.3"), broken, Commit())
    assert isinstance(kept.record.body, Published)
    with pytest.raises(ContractError) as caught:
        released(shelf, kept.record, kept.record.body, tmp_path / "cache")
    assert str(caught.value).startswith("mobile-app@4.3: genre.contract.yaml:1:1: ")
