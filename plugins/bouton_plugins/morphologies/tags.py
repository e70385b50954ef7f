"""Labels of SWC type codes, which MorphIO uses for every format."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

Labels = tuple[str, ...]

STANDARD_TAGS: Mapping[int, Labels] = {1: ("soma",), 2: ("axon",), 3: ("dend",), 4: ("apic",)}
_LABEL = re.compile(r"[A-Za-z_][\w.:+-]*")


def tag_table(tags: Mapping[Any, Any]) -> dict[int, Labels]:
    """Return the table that a user gave, in one form: number to labels.

    Args:
        tags: `{code: label}` or `{code: [label, ...]}`; a code may be a number or its text.

    Raises:
        TypeError: If it is no mapping.
        ValueError: If a code or a label is impossible.
    """
    if not isinstance(tags, Mapping):
        raise TypeError(f"tags must map type codes to labels, such as {{16: dend}}, got {tags!r}")
    return {_tag(key): _labels(key, value) for key, value in tags.items()}


def labels_of(tags: Mapping[int, Labels], tag: int) -> Labels:
    """Return the labels of a code: the user's, the standard ones, or `tag_<code>`."""
    return tags.get(tag) or STANDARD_TAGS.get(tag) or (f"tag_{tag}",)


def _tag(key: object) -> int:
    text = str(key).strip()
    if isinstance(key, bool) or not text.isascii() or not text.isdigit():
        raise ValueError(f"a tag must be a whole number of at least 0, got {key!r}")
    return int(text)


def _labels(key: object, value: object) -> Labels:
    labels = (value,) if isinstance(value, str) else value
    if not isinstance(labels, list | tuple) or not labels:
        raise ValueError(f"tag {key!r} needs a label or a list of labels, got {value!r}")
    for label in labels:
        if not isinstance(label, str) or not _LABEL.fullmatch(label):
            raise ValueError(f"tag {key!r}: a label is one word such as 'dend', got {label!r}")
    return tuple(dict.fromkeys(labels))
