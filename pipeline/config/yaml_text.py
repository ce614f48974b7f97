"""YAML as the person meant it who wrote it: no key twice, and text that stays the text it is.

YAML 1.1 reads 11:00 as 660, 012 as ten and Yes as true. What a configuration file may say is in
the models of `tenant.py` and `source.py`.
"""

import os
import re
import stat
from collections.abc import Collection
from pathlib import Path
from typing import Any

import yaml

_LARGEST = 1_000_000


# libyaml's reader: Python's takes six times as long, which for hundreds of tenants is seconds.
class _StrictLoader(yaml.CSafeLoader):
    """YAML in which a key that appears twice is an error instead of the last one winning."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        twice = sorted({str(key) for key in keys if keys.count(key) > 1})
        if twice:
            raise yaml.constructor.ConstructorError(
                problem=f"key {', '.join(twice)} appears twice", problem_mark=node.start_mark
            )
        return super().construct_mapping(node, deep)


# YAML 1.1 takes 11:00 for 660 and 012 for ten. Whoever writes either means what stands there.
_TEXT, _NOTHING = "tag:yaml.org,2002:str", "tag:yaml.org,2002:null"
_NUMBER = re.compile(r"[-+]?(?:0|[1-9][0-9_]*)(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?|[-+]?\.[0-9]+")
_NUMBERS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")


def _as_meant(node: yaml.Node, literal: Collection[str]) -> None:
    """Make text of scalars that YAML would read as another number.

    All below `literal` keys of an entry is text: a mapping holds the text of the source's files.
    """
    seen: set[int] = set()
    waiting: list[tuple[yaml.Node, int, bool]] = [(node, 0, False)]
    while waiting:
        node, depth, is_text = waiting.pop()
        # An alias leads to a node that was met before, and may lead back to itself.
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.ScalarNode):
            is_changed = node.tag in _NUMBERS and not _NUMBER.fullmatch(node.value)
            if is_changed or (is_text and node.tag != _NOTHING):
                node.tag = _TEXT
        elif isinstance(node, yaml.SequenceNode):
            waiting += [(each, depth + 1, is_text) for each in node.value]
        elif isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if is_text and isinstance(key, yaml.ScalarNode):
                    key.tag = _TEXT
                begins = depth == 1 and key.value in literal
                waiting += [(key, depth + 1, is_text), (value, depth + 1, is_text or begins)]


def _text(path: Path) -> str:
    """The file's text. ValueError for what is no plain file of a configuration's size."""
    opened = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(opened, "rb") as file:
        if not stat.S_ISREG(os.fstat(opened).st_mode):
            raise ValueError("it is not a file")
        data = file.read(_LARGEST + 1)
    if len(data) > _LARGEST:
        raise ValueError(f"it is longer than {_LARGEST:,} bytes")
    text = data.decode("utf-8")
    # A few lines of aliases to aliases make more than a machine can hold.
    if "*" in text and any(
        isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, yaml.CSafeLoader)
    ):
        raise ValueError("it has an alias (*name); write the values out")
    return text


def _parse(text: str, literal: Collection[str]) -> Any:
    loader = _StrictLoader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        _as_meant(node, literal)
        return loader.construct_document(node)
    finally:
        loader.dispose()


def read_yaml(path: Path, problems: list[str], literal: Collection[str] = ()) -> dict[str, Any]:
    """Keys and values of a configuration file; empty, with a line in `problems`, if it has none.

    Below `literal` keys of an entry all is text, as it stands there.
    """
    try:
        data = _parse(_text(path), literal)
    except (yaml.YAMLError, ValueError, RecursionError, OSError) as error:
        problems.append(
            "{}: not readable as YAML: {}".format(path.name, " ".join(str(error).split()))
        )
        return {}
    if data is None:
        data = {}
    if not isinstance(data, dict):
        problems.append(f"{path.name}: expected keys and values, found {type(data).__name__}")
        return {}
    return data
