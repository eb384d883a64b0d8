"""What a user names: base paths, exports, a server's configuration -> models, and what of them is served."""

import os
from collections.abc import Sequence
from pathlib import Path

from sigpact.errors import ConfigurationError
from sigpact.frozen import frozen, replace
from sigpact.savedmodel.folders import plain
from sigpact.savedmodel.versions import FILES, Layout, Model, joined, layout, resolve_argument
from sigpact.serving.model import ModelConfig
from sigpact.serving.served import Served, laid_out, serve_configured


@frozen
class Given:
    """Models by name, and for those that a configuration lists what is served of them."""

    models: tuple[Model, ...]
    served: tuple[Served, ...] = ()

    def served_of(self, model: str) -> Served | None:
        """Return what is served of a model; `None` where no configuration lists it."""
        return next((each for each in self.served if each.model == model), None)


def given(arguments: Sequence[str]) -> Given:
    """Return what the arguments name: all that `resolve_models` reads, and files as `models.config`.

    Where a configuration lists a model, another argument of the same name says where it lies here (a base
    path), or names a version that may be served next (an export). A model that none lists has all of its
    versions and nothing is said of what is served.

    Raises `ConfigurationError` where an argument names nothing, or a server refuses its configuration;
    `StorageError` where what lies behind a URL cannot be listed.
    """
    entries = _entries([each for each in arguments if is_config(each)])
    named: dict[str, list[Model]] = {}
    for argument in arguments:
        if not is_config(argument):
            for model in resolve_argument(argument):
                named.setdefault(model.name, []).append(model)
    found = [_configured(each, named.pop(each.name, [])) for each in entries]
    models = (*(model for model, _ in found), *map(_one, named.values()))
    return Given(
        tuple(sorted(models, key=lambda each: each.name)),
        tuple(sorted((served for _, served in found), key=lambda each: each.model)),
    )


def is_config(argument: str) -> bool:
    """Whether an argument is read as a configuration: a file that is not part of an export."""
    return os.path.isfile(argument) and Path(argument).name not in FILES  # noqa: PTH113 - any text


def _entries(files: Sequence[str]) -> list[ModelConfig]:
    if not files:
        return []
    from sigpact.serving.config import read_config  # noqa: PLC0415 - base paths alone need no reader

    entries: dict[str, ModelConfig] = {}
    for file in dict.fromkeys(files):
        for each in read_config(file).models:
            other = entries.setdefault(each.name, each)
            if other is not each:
                raise ConfigurationError(f"{each.span}: model {each.name!r} is listed at {other.span} too")
    return list(entries.values())


def _one(models: Sequence[Model]) -> Model:
    first, *others = models
    for each in others:
        first = joined(first, each)
    return first


def _configured(entry: ModelConfig, named: Sequence[Model]) -> tuple[Model, Served]:
    bases = [each for each in named if each.layout.is_whole]
    base = _one(bases).layout if bases else _base(entry)
    model = Model(entry.name, laid_out(base, entry.policy))
    single = [each for each in named if not each.layout.is_whole]
    for each in single:
        model = joined(model, replace(each, layout=replace(each.layout, base=base.base)))
    numbers = {version.number for each in single for version in each.versions}
    candidates = tuple(each for each in model.versions if each.number in numbers)
    return model, serve_configured(entry, base, candidates)


def _base(entry: ModelConfig) -> Layout:
    """Return what lies under the base path of the configuration, which is one of the server's machine."""
    try:
        return layout(plain(entry.base_path))
    except ConfigurationError as error:
        told = f"Could not find base path {entry.base_path} for servable {entry.name}: {error}"
        here = f"where it lies elsewhere on this machine, name it too: {entry.name}=PATH"
        raise ConfigurationError(f"{entry.span}: {told}; {here}") from None
