"""What every error of the registry looks like (RFC 9457)."""

from typing import Any


def assert_problem(response: Any, status: int, code: str) -> dict[str, Any]:
    """Check a problem document and the headers that its status asks for; gives the document."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    body = response.json()
    assert {"type", "title", "status", "detail", "code"} <= set(body) <= {
        "type", "title", "status", "detail", "code", "errors",
    }  # fmt: skip
    assert body["code"] == code, body
    assert body["type"] == f"urn:hokusai:problem:{code}"
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    assert body["title"] != "Error"
    for error in body.get("errors", []):
        assert set(error) == {"field", "code", "message"}
    assert "Traceback" not in response.content.decode()
    if status == 401:
        assert 'Bearer realm="hokusai"' in response["WWW-Authenticate"]
    if status in (429, 503):
        assert int(response["Retry-After"]) >= 1
    return body
