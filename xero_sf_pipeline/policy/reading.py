"""Reads a policy file and tells all its problems at once."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError

from xero_sf_pipeline.errors import ConfigError
from xero_sf_pipeline.policy.model import Policy


class _StrictLoader(yaml.SafeLoader):
    """Refuses a key that is given twice, where YAML would silently keep the last one."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.MarkedYAMLError(problem=f"the key {key!r} is given twice", problem_mark=key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)


def load_policy(path: Path) -> Policy:
    """Read and check a policy file. An empty file, or a section left out, means the defaults.

    Raises:
        ConfigError: the file cannot be read, or is wrong; every problem is listed with its path and what is allowed.
    """
    remedy = f"Edit {path.name} and check it again with `xero-sf preflight`."
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ConfigError(
            f"There is no policy at {path}.",
            remedy="Work in the repository's folder, which holds data/policy.yaml, or name one in XERO_SF_POLICY_FILE.",
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"The policy {path.name} cannot be read: {error}.", remedy=remedy) from error
    try:
        content = yaml.load(text, Loader=_StrictLoader)  # noqa: S506 - a SafeLoader that refuses double keys
    except yaml.YAMLError as error:
        raise ConfigError(
            f"The policy {path.name} is not YAML.", problems=[_yaml_problem(error)], remedy=remedy
        ) from error
    return parse_policy(content, name=path.name)


def parse_policy(content: object, *, name: str = "policy.yaml") -> Policy:
    """Check the content of a policy file; see `load_policy`."""
    remedy = f"Edit {name} and check it again with `xero-sf preflight`."
    if content is not None and not isinstance(content, dict):
        raise ConfigError(f"The policy {name} must be a mapping of sections.", remedy=remedy)
    try:
        return Policy.model_validate(content or {})
    except ValidationError as error:
        problems = _problems(error)
        raise ConfigError(
            f"The policy {name} has {len(problems)} problem(s):", problems=problems, remedy=remedy
        ) from error


def _yaml_problem(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
    return where + str(getattr(error, "problem", None) or error)


def _problems(error: ValidationError) -> list[str]:
    """All problems, without the complaint that a list is short because its items were wrong."""
    found = error.errors(include_url=False)
    places = [item["loc"] for item in found]
    return [
        _problem(item)
        for item in found
        if item["type"] != "too_short"
        or not any(len(place) > len(item["loc"]) and place[: len(item["loc"])] == item["loc"] for place in places)
    ]


def _problem(item: Mapping[str, Any]) -> str:
    location, kind = [part for part in item["loc"] if part != "[key]"], item["type"]
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location).lstrip(".")
    if kind == "extra_forbidden":
        return f"{path}: this key does not exist here; allowed are {', '.join(_allowed_keys(location[:-1]))}"
    if kind == "value_error":
        return f"{path or 'policy'}: {item['ctx']['error']}"
    given = item.get("input")
    shown = f", found {given!r}" if isinstance(given, (str, int, float, bool, Decimal)) else ""
    return f"{path}: {item['msg'][0].lower()}{item['msg'][1:]}{shown}"


def _allowed_keys(location: Sequence[Any]) -> list[str]:
    model: Any = Policy
    for part in location:
        if isinstance(part, int):
            continue
        model = model.model_fields[part].annotation
        model = next((arg for arg in _flatten(model) if isinstance(arg, type) and issubclass(arg, BaseModel)), model)
    return sorted(model.model_fields)


def _flatten(annotation: Any) -> list[Any]:
    found = [annotation]
    for argument in get_args(annotation):
        found += _flatten(argument)
    return found
