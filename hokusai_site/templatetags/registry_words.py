"""How the pages say what the registry knows: states in words, numbers exactly, moments in UTC."""

from datetime import datetime
from decimal import Decimal

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from registry.canonical import decimal_text, plain_decimal

register = template.Library()

_VERIFICATION = {
    "pending": "Pending: not yet held against MLflow",
    "verified": "Verified: the claim equals what MLflow holds",
    "mismatched": "Mismatched: the claim differs from what MLflow holds",
    "missing": "Missing: the run or its artifacts are gone from MLflow",
    "unreachable": "Unreachable: MLflow does not answer; it is asked again",
    "tampered": "Tampered: the run was changed after its evidence was frozen",
}

_EVIDENCE = {
    "claimed": "Claimed: only the registrant's word",
    "mlflow_verified": "MLflow verified: the registry read the same values from the run",
    "self_evaluated": "Self-evaluated: a benchmark run by an interested party",
    "independently_evaluated": "Independently evaluated: a benchmark run by another party",
}

#: The longest number written out; a longer one is told by its exponent.
_DIGITS = 24


@register.filter
def verification_words(state: str) -> str:
    return _VERIFICATION.get(state, state)


@register.filter
def evidence_words(level: str) -> str:
    return _EVIDENCE.get(level, level)


@register.filter
def label(code: str) -> str:
    """A code of the API as a short label: ``mlflow_verified`` → ``MLflow verified``."""
    return code.replace("_", " ").replace("mlflow", "MLflow")


@register.filter
def exact(value: float | Decimal | str | None) -> str:
    """A number with all its digits; text as it is; – where there is none."""
    if value is None or value == "":
        return "–"
    if isinstance(value, str):
        return value
    text = plain_decimal(value) if isinstance(value, Decimal) else decimal_text(value)
    if len(text) <= _DIGITS:
        return text
    digits, exponent = f"{Decimal(text):.9e}".split("e")
    return f"{plain_decimal(Decimal(digits))}e{exponent}"


@register.filter
def signed(value: float | Decimal | None) -> str:
    """A difference with its sign: ``+0.02``, ``−0.01``, ``0``."""
    text = exact(value)
    if value is None or value == 0:
        return text
    return text.replace("-", "−", 1) if value < 0 else f"+{text}"


@register.filter
def bps(value: Decimal) -> str:
    """Basis points to a ten-thousandth: a relative change may have no end."""
    return exact(round(value, 4) if abs(value) < 10**15 else value)


@register.filter
def percent(weight_bps: int) -> str:
    """A weight in basis points as a percentage: 2500 → ``25 %``."""
    return f"{plain_decimal(Decimal(weight_bps) / 100)} %"


@register.filter
def short(text: str) -> str:
    """An address or a hash, abridged for a table; its link leads to the whole."""
    return f"{text[:8]}…{text[-6:]}"


@register.filter
def moment(when: datetime) -> SafeString:
    return format_html('<time datetime="{}">{} UTC</time>', f"{when:%Y-%m-%dT%H:%M:%SZ}", f"{when:%Y-%m-%d %H:%M}")
