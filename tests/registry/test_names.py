"""registry.names"""

import pytest

from registry.names import InvalidName, ModelReference, check_name, model_id, parse_reference, parse_stage


@pytest.mark.parametrize(
    "name", ["a", "third_party_classifier", "A b.c-d_9", "...", "x" * 128, "latest", "Register", "-", "a  b", ".hidden"]
)
def test_it_works(name):
    assert check_name(name) == name
    assert parse_reference(model_id(name, 3)) == ModelReference(name, version=3)


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "register", "compare", "evaluate", "a@b", "a:1", "a/b", "a%b", "<b>", "a\n", " a", "a ", "é"],
)
def test_names_that_are_refused(name):
    with pytest.raises(InvalidName):
        check_name(name)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("digits:1", ModelReference("digits", version=1)),
        ("digits:9999999999", ModelReference("digits", version=9_999_999_999)),
        ("digits:latest", ModelReference("digits")),
        ("digits@Production", ModelReference("digits", stage="Production")),
        ("two words@aRCHIVED", ModelReference("two words", stage="Archived")),
        ("digits@none", ModelReference("digits", stage="None")),
    ],
)
def test_references(text, meant):
    assert parse_reference(text) == meant


@pytest.mark.parametrize(
    "text",
    [
        "", "digits", "digits:", "digits:0", "digits:01", "digits:-1", "digits:1.0", "digits:1 ", "digits:Latest",
        "digits:99999999999", "digits@", "digits@live", "digits:1@Production", "a:b:1", "digits:١", "a/b:1",
        "digits:1\n",
    ],
)  # fmt: skip
def test_references_that_are_none(text):
    with pytest.raises(InvalidName):
        parse_reference(text)


@pytest.mark.parametrize("text", ["none", "STAGING", "Production", "archived"])
def test_stages_in_any_case(text):
    assert parse_stage(text) == text.capitalize()


@pytest.mark.parametrize("text", ["", "prod", "None ", "ſtaging"])
def test_what_is_no_stage(text):
    with pytest.raises(InvalidName):
        parse_stage(text)
