"""How the schema describes the credentials."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension


class CallerScheme(OpenApiAuthenticationExtension):
    target_class = "contributors.authentication.CallerAuthentication"
    name = ["apiKey", "ethAddress", "ethMessage", "ethSignature"]

    def get_security_requirement(self, auto_schema: Any) -> list[dict[str, list[Any]]]:
        """An API key, or all three headers of a signed request."""
        return [{"apiKey": []}, {"ethAddress": [], "ethMessage": [], "ethSignature": []}]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, Any]]:
        return [
            {"type": "http", "scheme": "bearer", "bearerFormat": "hk_<env>_<secret>"},
            _header("X-ETH-Address", "The signer's Ethereum address."),
            _header("X-ETH-Message", "`Hokusai API Access - ` and the current UTC time; accepted once, for 300 s."),
            _header("X-ETH-Signature", "The message's EIP-191 signature, 65 bytes in hex."),
        ]


class StaffSessionScheme(OpenApiAuthenticationExtension):
    target_class = "contributors.authentication.StaffSessionAuthentication"
    name = "operatorSession"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {"type": "apiKey", "in": "cookie", "name": "sessionid", "description": "An operator, signed in."}


def _header(name: str, description: str) -> dict[str, Any]:
    return {"type": "apiKey", "in": "header", "name": name, "description": description}
