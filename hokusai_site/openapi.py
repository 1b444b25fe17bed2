"""What the operations of the schema share: their errors, and who may call them."""

from typing import Any

_PROBLEM = {
    "type": "object",
    "description": "RFC 9457 problem details",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "A sentence that says what to do."},
        "code": {"type": "string", "description": "Stable and machine-readable."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "code", "message"],
                "properties": {name: {"type": "string"} for name in ("field", "code", "message")},
            },
        },
    },
}


def describe_problems(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """drf-spectacular hook: give every operation the default response that is a problem."""
    result.setdefault("components", {}).setdefault("schemas", {})["Problem"] = _PROBLEM
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for operations in result.get("paths", {}).values():
        for operation in operations.values():
            if isinstance(operation, dict) and "responses" in operation:
                operation["responses"]["default"] = {"description": "A problem", "content": content}
    return result


def tell_access(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """drf-spectacular hook: reading is open to all, and API keys are managed by their wallet alone."""
    for path, operations in result.get("paths", {}).items():
        for method, operation in operations.items():
            if not isinstance(operation, dict) or "security" not in operation:
                continue
            if path.startswith("/api/keys"):
                operation["security"].remove({"apiKey": []})
            elif method == "get":
                operation["security"].append({})
    return result


def summarise(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """drf-spectacular hook: a view's first docstring sentence is its operation's summary."""
    for operations in result.get("paths", {}).values():
        for operation in operations.values():
            if isinstance(operation, dict) and operation.get("description"):
                first, _separator, rest = operation["description"].partition("\n\n")
                operation["summary"] = " ".join(first.split())
                operation["description"] = rest.strip()
    return result
