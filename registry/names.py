"""Model names and model ids, as text. Pure."""

import re
from dataclasses import dataclass

STAGES = ("None", "Staging", "Production", "Archived")

#: Words that stand where a model's name would stand in a URL.
ROUTES = frozenset({"register", "compare", "evaluate"})

NAME_PATTERN = r"[A-Za-z0-9 _.\-]{1,128}"
_NAME = re.compile(NAME_PATTERN)
_REFERENCE = re.compile(rf"(?P<name>{NAME_PATTERN})(?::(?P<version>[1-9][0-9]{{0,9}}|latest)|@(?P<stage>[A-Za-z]+))")


class InvalidName(ValueError):
    """The text cannot name a model, or is no model id."""


@dataclass(frozen=True, slots=True)
class ModelReference:
    """A model id, or a moving reference: exactly one of ``version``, ``stage`` is set, or neither
    for ``name:latest``."""

    name: str
    version: int | None = None
    stage: str | None = None


def check_name(name: str) -> str:
    """Give back a valid model name: 1 to 128 of letters, digits, space, ``_``, ``-``, ``.``.

    Raises InvalidName. MLflow itself would take ``@``, ``%`` and ``<b>``.
    """
    if not _NAME.fullmatch(name) or name != name.strip():
        raise InvalidName("A model name is 1 to 128 letters, digits, spaces (inside), '_', '-' or '.'.")
    if name in {".", ".."} or name in ROUTES:
        raise InvalidName(f"{name!r} cannot name a model; choose another name.")
    return name


def is_name(text: str) -> bool:
    """Whether a model may be called so: PostgreSQL is not to be asked for NUL characters."""
    return _NAME.fullmatch(text) is not None


def model_id(name: str, version: int) -> str:
    return f"{name}:{version}"


def parse_reference(text: str) -> ModelReference:
    """Read ``name:3``, ``name:latest`` or ``name@Production`` (a stage, in any case).

    Raises InvalidName.
    """
    match = _REFERENCE.fullmatch(text)
    if match is None:
        raise InvalidName(f"{text[:200]!r} is no model id; write name:version, name:latest or name@Production.")
    if match["stage"]:
        return ModelReference(match["name"], stage=parse_stage(match["stage"]))
    if match["version"] == "latest":
        return ModelReference(match["name"])
    return ModelReference(match["name"], version=int(match["version"]))


def parse_stage(text: str) -> str:
    """A stage in its canonical spelling. Raises InvalidName."""
    for stage in STAGES:
        if text.lower() == stage.lower():
            return stage
    raise InvalidName(f"{text[:40]!r} is no stage; the stages are {', '.join(STAGES)}.")
