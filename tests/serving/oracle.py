"""The server's own parser of text protos, to compare ours with.

Run as `python oracle.py FOLDER`, in a process of its own: reads `FOLDER/texts.json` (texts, in hex) and
writes `FOLDER/answers.json`, what is set in each (`None` where it is refused). TensorFlow's DecodeProto hands
a text to google::protobuf::TextFormat, in C++, with which the server reads its models.config.
"""

import importlib
import json
import os
import sys
from pathlib import Path
from typing import Any

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import tensorflow as tf

# Imported so because protobuf has no types, and where TensorFlow is absent it is not even there.
DESCRIPTORS = importlib.import_module("google.protobuf.descriptor_pb2")
POOL = importlib.import_module("google.protobuf.descriptor_pool")
DecodeError = importlib.import_module("google.protobuf.message").DecodeError
FACTORY = importlib.import_module("google.protobuf.message_factory")
TYPES = {"string": 9, "int64": 3, "int32": 5, "uint32": 13, "double": 1}
MESSAGES: dict[str, list[tuple[str, int, str]]] = {
    "Latest": [("num_versions", 1, "uint32")],
    "All": [],
    "Specific": [("versions", 1, "*int64")],
    "Policy": [("latest", 100, "|Latest"), ("all", 101, "|All"), ("specific", 102, "|Specific")],
    "Collector": [("type", 1, "string"), ("filename_prefix", 2, "string")],
    "Sampling": [("sampling_rate", 1, "double"), ("attributes", 2, "int32")],
    "Logging": [("log_collector_config", 1, "Collector"), ("sampling_config", 2, "Sampling")],
    "ModelConfig": [
        ("name", 1, "string"),
        ("base_path", 2, "string"),
        ("model_type", 3, "ModelType"),
        ("model_platform", 4, "string"),
        ("logging_config", 6, "Logging"),
        ("model_version_policy", 7, "Policy"),
        ("version_labels", 8, "*VersionLabelsEntry"),
    ],
    "ModelConfigList": [("config", 1, "*ModelConfig")],
    "ModelServerConfig": [("model_config_list", 1, "ModelConfigList")],
}
"""ModelServerConfig and what it consists of; `*`: repeated, `|`: of a oneof."""


def described() -> Any:
    """Return the file of these messages."""
    file = DESCRIPTORS.FileDescriptorProto(name="config.proto", package="t", syntax="proto3")
    words = file.enum_type.add(name="ModelType")
    for number, word in enumerate(["MODEL_TYPE_UNSPECIFIED", "TENSORFLOW", "OTHER"]):
        words.value.add(name=word, number=number)
    for name, fields in MESSAGES.items():
        message = file.message_type.add(name=name)
        for each, number, kind in fields:
            add(message, each, number, kind)
        if name == "Policy":
            message.oneof_decl.add(name="choice")
        if name == "ModelConfig":
            entry = message.nested_type.add(name="VersionLabelsEntry")
            entry.options.map_entry = True
            add(entry, "key", 1, "string")
            add(entry, "value", 2, "int64")
    return file


def add(message: Any, name: str, number: int, kind: str) -> None:
    """Add a field."""
    word = kind.lstrip("*|")
    field = message.field.add(name=name, number=number, label=3 if kind[0] == "*" else 1)
    field.type = TYPES.get(word, 14 if word == "ModelType" else 11)
    if kind[0] == "|":
        field.oneof_index = 0
    if word not in TYPES:
        field.type_name = ".t.ModelConfig.VersionLabelsEntry" if word.startswith("VersionL") else f".t.{word}"


def plain(message: Any) -> dict[str, Any]:
    """Return what is set in a message."""
    found: dict[str, Any] = {}
    for field, value in message.ListFields():
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            found[field.name] = dict(value)
        elif field.name in {"config", "versions"}:
            found[field.name] = [plain(each) if field.message_type else each for each in value]
        else:
            found[field.name] = plain(value) if field.message_type else value
    return found


def main(folder: Path) -> None:
    """Answer everything."""
    file = described()
    source = b"bytes://" + DESCRIPTORS.FileDescriptorSet(file=[file]).SerializeToString()
    pool = POOL.DescriptorPool()
    pool.Add(file)
    listing = FACTORY.GetMessageClass(pool.FindMessageTypeByName("t.ModelConfigList"))

    def read(text: bytes) -> Any:
        try:
            sizes, values = tf.raw_ops.DecodeProtoV2(
                bytes=[text],
                message_type="t.ModelServerConfig",
                field_names=["model_config_list"],
                output_types=[tf.string],
                descriptor_source=source,
                message_format="text",
            )
        except tf.errors.DataLossError:
            return None
        if not sizes.numpy()[0][0]:
            return {}
        try:
            return {"model_config_list": plain(listing.FromString(values[0].numpy()[0][0]))}
        except DecodeError:
            return None  # Python takes no string that is not UTF-8, and neither do we

    texts = json.loads((folder / "texts.json").read_text())
    answers = [read(bytes.fromhex(each)) for each in texts]
    (folder / "answers.json").write_text(json.dumps(answers))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
