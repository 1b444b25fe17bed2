import codecs
import json
from typing import Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser
from rest_framework.utils.json import strict_constant

from registry.canonical import distinct_names


class JsonParser(JSONParser):
    """JSON in UTF-8, without NaN, and without a name that stands twice in one object."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        """The body as Python values. Raises ParseError, also for a body nested deeper than Python reads."""
        try:
            text = codecs.getreader("utf-8")(stream)
            return json.load(text, parse_constant=strict_constant, object_pairs_hook=distinct_names)
        except RecursionError as error:
            raise ParseError("JSON parse error - the body is nested too deeply") from error
        except ValueError as error:
            raise ParseError(f"JSON parse error - {error}") from error
