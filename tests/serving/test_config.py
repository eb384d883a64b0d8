"""models.config: what a server is told to serve, and what it refuses to start with."""

from pathlib import Path

import pytest

from sigpact.errors import ConfigurationError
from sigpact.findings import Span
from sigpact.serving.config import MAX_BYTES, config, read_config
from sigpact.serving.model import Every, Label, Latest, ModelConfig, Policy, Specific

GENRE = 'name: "genre" base_path: "/models/genre" model_platform: "tensorflow"'


def models(inside: str) -> tuple[ModelConfig, ...]:
    """Return the models of a file with these configs, one a line."""
    lines = "\n".join(f"config {{ {each} }}" for each in inside.split("\n"))
    return config(f"model_config_list {{\n{lines}\n}}\n".encode(), "f").models


def test_a_model() -> None:
    """Name, base path, platform and where it stands; what is not said is the server's default."""
    assert models(GENRE) == (
        ModelConfig("genre", "/models/genre", "tensorflow", Latest(1), (), Span("f", 2, 1)),
    )


POLICIES: list[tuple[str, Policy]] = [
    ("", Latest(1)),
    ("model_version_policy {}", Latest(1)),
    ("model_version_policy { latest {} }", Latest(1)),
    ("model_version_policy { latest { num_versions: 0 } }", Latest(1)),
    ("model_version_policy { latest { num_versions: 3 } }", Latest(3)),
    ("model_version_policy { all {} }", Every()),
    ("model_version_policy: < all: <> >", Every()),
    ("model_version_policy { specific {} }", Specific(())),
    ("model_version_policy { specific { versions: [6, 4] versions: 6 versions: -1 } }", Specific((-1, 4, 6))),
]


@pytest.mark.parametrize(("said", "policy"), POLICIES)
def test_policies(said: str, policy: Policy) -> None:
    """The three policies; none is the latest version, and so is 0 of them."""
    assert models(f"{GENRE} {said}")[0].policy == policy


def test_labels() -> None:
    """Both forms of entries, in the file's order; the last of one key counts; a number may be absent."""
    said = (
        'version_labels { key: "stable" value: 4 } version_labels: [{value: 7 key: "a"}, {key: "a" value: 5}]'
    )
    found = models(f"{GENRE} {said} version_labels {{ key: 'zero' }}")[0].labels
    assert [(each.name, each.number) for each in found] == [("stable", 4), ("a", 5), ("zero", 0)]
    assert found[0] == Label("stable", 4, Span("f", 2, 80))


def test_paths_are_absolute_or_uris() -> None:
    """As io::ParseURI tells them apart."""
    for base in ("/", "/m", "s3://b/m", "file:///m", "a.b1://x"):
        assert models(GENRE.replace("/models/genre", base))[0].base_path == base


def test_the_deprecated_type() -> None:
    """`model_type: TENSORFLOW` is the platform, too."""
    assert (
        models(GENRE.replace('model_platform: "tensorflow"', "model_type: TENSORFLOW"))[0].platform
        == "tensorflow"
    )


def test_notes() -> None:
    """What the stock server stumbles over does not stop a reader: a server of somebody's own may take it."""
    assert models(GENRE)[0].notes == ()
    (logged,) = models(f"{GENRE} logging_config {{ sampling_config {{ sampling_rate: 0.1 }} }}")
    assert logged.notes == (
        "f:2:80: the stock server refuses logging_config: No request-logger-creator provided.",
    )
    (other,) = models(GENRE.replace("tensorflow", "mine"))
    assert other.notes == (
        "f:2:51: the stock server refuses it: PlatformConfigMap has no entry for platform mine",
    )


ILLEGAL = "Illegal setting {} ModelServerConfig::model_type (deprecated) {} ModelServerConfig::model_platform"
REFUSED: list[tuple[str, str]] = [
    (
        f"{GENRE}\n{GENRE}",
        "f:3:1: Illegal to list model genre multiple times in config list; it is listed at f:2:1",
    ),
    (
        GENRE.replace("/models", "models"),
        "f:2:24: Expected model genre to have an absolute path or URI; got base_path()=models/genre",
    ),
    (
        'name: "genre" model_platform: "tensorflow"',
        "f:2:1: Expected model genre to have an absolute path or URI; got base_path()=",
    ),
    (
        'name: "genre" base_path: "/m"',
        f'f:2:1: {ILLEGAL.format("neither", "nor")}, model name is genre; say model_platform: "tensorflow"',
    ),
    (f"{GENRE} model_type: TENSORFLOW", f"f:2:80: {ILLEGAL.format('both', 'and')}"),
    (
        'name: "genre" base_path: "/m" model_type: OTHER',
        "f:2:40: ModelServerConfig::model_type choice 2 not supported.",
    ),
    (
        'base_path: "/m" model_platform: "tensorflow"',
        "f:2:1: a model without a name: no client could call it",
    ),
    (f"{GENRE} versions: 3", "f:2:80: ModelConfig has no field 'versions'; did you mean"),
]


@pytest.mark.parametrize(("inside", "message"), REFUSED)
def test_what_a_server_refuses(inside: str, message: str) -> None:
    """With the server's words, the place, and one line."""
    with pytest.raises(ConfigurationError) as caught:
        models(inside)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


HOSTILE: list[tuple[bytes, str]] = [
    (b"", "f lists no model: a server that is started with it serves none"),
    (b"model_config_list {}", "f lists no model: a server that is started with it serves none"),
    (b"model_config_list {\n config {\n  na\0me", "f:3: a NUL byte: it is no models.config, which is text"),
    (b"\xef\xbb\xbfmodel_config_list {}", "f:1:1: a byte order mark, which the server refuses"),
    (b"\x89PNG\r\n", "f:1:1: found "),
    (b"model_config_list {" * 100_000, "f:1:20: ModelConfigList has no field 'model_config_list'"),
    (b"{" * 1_000_000, "f:1:1: found '{', expected a field of ModelServerConfig"),
    (b"model_config_list { config { name: 'gen", "f:1:36: a text that does not end on its line"),
    (b" " * (10 << 20), "f is longer than 4 MiB: it is no models.config"),
    (b"custom_model_config { type_url: 'x' }", "f:1:1: custom_model_config is loaded by code of"),
]


@pytest.mark.parametrize(("content", "message"), HOSTILE)
def test_what_is_no_configuration(content: bytes, message: str) -> None:
    """Half a file, another file, a hostile one: one line, at once."""
    with pytest.raises(ConfigurationError) as caught:
        config(content, "f")
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_any_cut_is_refused_or_whole() -> None:
    """Half of a file is never read as if it were less of it."""
    content = f"model_config_list {{ config {{ {GENRE} }} }}".encode()
    assert config(content, "f").models
    for end in range(len(content)):
        with pytest.raises(ConfigurationError):
            config(content[:end], "f")


def test_a_comment_may_hold_any_bytes() -> None:
    """Latin-1 in a comment is no matter to the server."""
    assert config(b"# caf\xe9\nmodel_config_list { config { " + GENRE.encode() + b" } }", "f").models


def test_files(tmp_path: Path) -> None:
    """A file is read as far as it may be long; one that cannot be read is told."""
    file = tmp_path / "models.config"
    file.write_text(f"model_config_list {{ config {{ {GENRE} }} }}")
    assert read_config(file).file == str(file)
    file.write_bytes(b"#" * (MAX_BYTES + 1))
    with pytest.raises(ConfigurationError, match="is longer than 4 MiB"):
        read_config(file)
    with pytest.raises(ConfigurationError, match=r"nowhere cannot be read: No such file or directory$"):
        read_config("nowhere")
