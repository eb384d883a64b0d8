"""`models.config` of TensorFlow Serving -> `ServerConfig`: which models a server is told to serve, and how.

Sources: config/model_server_config.proto and what it imports; server_core.cc, which refuses what is refused
here, with its words.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sigpact.errors import ConfigurationError
from sigpact.findings import Span
from sigpact.serving.model import Every, Label, Latest, ModelConfig, Policy, ServerConfig, Specific
from sigpact.serving.proto_fields import Choice, Field, Fields, Message, Real, Text, Value, Whole
from sigpact.serving.proto_text import parse

MAX_BYTES: Final = 4 << 20
"""Room for 20,000 models; what is longer is another file."""


_POLICY: Final = Fields(
    "ServableVersionPolicy",
    (
        Field("latest", Fields("Latest", (Field("num_versions", Whole(32, signed=False)),)), oneof="policy"),
        Field("all", Fields("All", ()), oneof="policy"),
        Field("specific", Fields("Specific", (Field("versions", Whole(64), repeated=True),)), oneof="policy"),
    ),
)
_LOGGING: Final = Fields(
    "LoggingConfig",
    (
        Field(
            "log_collector_config",
            Fields("LogCollectorConfig", (Field("type", Text()), Field("filename_prefix", Text()))),
        ),
        Field(
            "sampling_config",
            Fields("SamplingConfig", (Field("sampling_rate", Real()), Field("attributes", Whole(32)))),
        ),
    ),
)
_MODEL_TYPE: Final = Choice((("MODEL_TYPE_UNSPECIFIED", 0), ("TENSORFLOW", 1), ("OTHER", 2)))
_CONFIG: Final = Fields(
    "ModelConfig",
    (
        Field("name", Text()),
        Field("base_path", Text()),
        Field("model_type", _MODEL_TYPE),
        Field("model_platform", Text()),
        Field("model_version_policy", _POLICY),
        Field(
            "version_labels",
            Fields("version_labels", (Field("key", Text()), Field("value", Whole(64)))),
            repeated=True,
        ),
        Field("logging_config", _LOGGING),
    ),
)
SERVER: Final = Fields(
    "ModelServerConfig",
    (
        Field(
            "model_config_list",
            Fields("ModelConfigList", (Field("config", _CONFIG, repeated=True),)),
            oneof="config",
        ),
        Field(
            "custom_model_config",
            Fields("Any", ()),
            refused="is loaded by code of the server's own: sigpact reads model_config_list",
        ),
    ),
)
"""ModelServerConfig, as of TensorFlow Serving 2.20."""
_SCHEME: Final = re.compile(r"[a-zA-Z][0-9a-zA-Z.]*://")
_TENSORFLOW: Final = "tensorflow"


def read_config(path: str | os.PathLike[str]) -> ServerConfig:
    """Read a file. Raises `ConfigurationError` at the first thing that a server refuses."""
    file = os.fspath(path)
    try:
        with Path(path).open("rb") as handle:
            content = handle.read(MAX_BYTES + 1)
    except OSError as error:
        raise ConfigurationError(f"{file} cannot be read: {error.strerror}") from None
    return config(content, file)


def config(content: bytes, file: str) -> ServerConfig:
    """Return what the content of a file says. Raises `ConfigurationError` as `read_config` does."""
    text = _text(content, file)
    root = parse(text, file, SERVER)
    listed = root.message("model_config_list")
    models = tuple(_model(each) for each in listed.all("config")) if listed is not None else ()
    if not models:
        raise ConfigurationError(f"{file} lists no model: a server that is started with it serves none")
    _require_unique(models)
    return ServerConfig(file, models)


def _text(content: bytes, file: str) -> str:
    if len(content) > MAX_BYTES:
        raise ConfigurationError(f"{file} is longer than {MAX_BYTES >> 20} MiB: it is no models.config")
    text = content.decode(errors="surrogateescape")  # a comment may hold any bytes
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise ConfigurationError(f"{file}:{line}: a NUL byte: it is no models.config, which is text")
    if text.startswith("\ufeff"):
        raise ConfigurationError(f"{file}:1:1: a byte order mark, which the server refuses: save it without")
    return text


def _model(value: Value) -> ModelConfig:
    """Return one model. Raises `ConfigurationError` where the server refuses it."""
    message, span = _content(value), value.span
    name, base = message.text("name"), message.text("base_path")
    if not name:
        raise ConfigurationError(f"{span}: a model without a name: no client could call it")
    if not _SCHEME.match(base) and not base.startswith("/"):
        told = f"Expected model {name} to have an absolute path or URI; got base_path()={base}"
        raise ConfigurationError(f"{_place(message, 'base_path', span)}: {told}")
    platform = _platform(message, name, span)
    labels = tuple(dict.fromkeys(_labels(message)))
    policy = _policy(message.message("model_version_policy"))
    return ModelConfig(name, base, platform, policy, labels, span, tuple(_notes(message, platform)))


def _content(value: Value) -> Message:
    """Return the message that a field of a message type is set to."""
    return value.content if isinstance(value.content, Message) else Message(())


def _place(message: Message, field: str, otherwise: Span) -> Span:
    found = message.all(field)
    return found[0].span if found else otherwise


def _platform(message: Message, name: str, span: Span) -> str:
    """Return the platform, told by `model_platform` or the deprecated `model_type` (server_core.cc)."""
    number, platform = message.whole("model_type"), message.text("model_platform")
    illegal = (
        "Illegal setting {} ModelServerConfig::model_type (deprecated) {} ModelServerConfig::model_platform"
    )
    if number and platform:
        raise ConfigurationError(f"{_place(message, 'model_type', span)}: {illegal.format('both', 'and')}")
    if number and number != dict(_MODEL_TYPE.words)["TENSORFLOW"]:
        told = f"ModelServerConfig::model_type choice {number} not supported."
        raise ConfigurationError(f"{_place(message, 'model_type', span)}: {told}")
    if not number and not platform:
        told = f"{illegal.format('neither', 'nor')}, model name is {name}"
        raise ConfigurationError(f'{span}: {told}; say model_platform: "{_TENSORFLOW}"')
    return platform or _TENSORFLOW


def _policy(message: Message | None) -> Policy:
    if message is None:
        return Latest()
    specific = message.message("specific")
    if specific is not None:
        numbers = (each.content for each in specific.all("versions"))
        return Specific(tuple(sorted({each for each in numbers if isinstance(each, int)})))
    if message.message("all") is not None:
        return Every()
    latest = message.message("latest")
    return Latest(max(1, latest.whole("num_versions"))) if latest is not None else Latest()


def _labels(message: Message) -> Iterator[Label]:
    """Yield the labels; of two entries with one key the last counts, as in any map of protobuf."""
    entries = {_content(each).text("key"): each for each in message.all("version_labels")}
    for name, value in entries.items():
        yield Label(name, _content(value).whole("value"), value.span)


def _notes(message: Message, platform: str) -> Iterator[str]:
    """Yield what a server of the stock build stumbles over, and one that is built otherwise need not."""
    for each in message.all("logging_config"):
        yield f"{each.span}: the stock server refuses logging_config: No request-logger-creator provided."
    if platform != _TENSORFLOW:
        place = _place(message, "model_platform", message.values[0].span)
        yield f"{place}: the stock server refuses it: PlatformConfigMap has no entry for platform {platform}"


def _require_unique(models: tuple[ModelConfig, ...]) -> None:
    known: dict[str, Span] = {}
    for each in models:
        if each.name in known:
            told = f"Illegal to list model {each.name} multiple times in config list"
            raise ConfigurationError(f"{each.span}: {told}; it is listed at {known[each.name]}")
        known[each.name] = each.span
