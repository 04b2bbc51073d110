"""YAML is written the same way each time: keys in the order given, texts of several lines as blocks that read well."""

import re
from collections.abc import Mapping
from typing import Final

import yaml

UNSEEN: Final = re.compile("[^\\n\\x20-\\x7e\\xa0-\\u2027\\u202a-\\ufefe\\uff00-\\ufffd\\U00010000-\\U0010ffff]")
WIDTH: Final = 10_000  # a long line stays one: wrapped texts make differences that nobody made


class _Dumper(yaml.SafeDumper):
    """Indents what stands in a list, and knows no aliases."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """As people write lists: further in than their key."""
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: object) -> bool:
        """A value that stands twice is written twice."""
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = '"' if UNSEEN.search(text) else "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def dump(value: Mapping[str, object]) -> str:
    """The value as YAML; reading it gives the same value."""
    written: str = yaml.dump(
        value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, default_flow_style=False, width=WIDTH
    )
    return written
