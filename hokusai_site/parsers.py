import codecs
import json
from typing import Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser
from rest_framework.utils.json import strict_constant


class JsonParser(JSONParser):
    """JSON in UTF-8, without NaN, and without a name that stands twice in one object: readers differ on
    which of the two counts."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        """The body as Python values. Raises ParseError, also for a body nested deeper than Python reads."""
        try:
            text = codecs.getreader("utf-8")(stream)
            return json.load(text, parse_constant=strict_constant, object_pairs_hook=_without_repetition)
        except RecursionError as error:
            raise ParseError("JSON parse error - the body is nested too deeply") from error
        except ValueError as error:
            raise ParseError(f"JSON parse error - {error}") from error


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return found
