import pytest

from rivet_codegen.catalogue import parse_catalogue
from rivet_codegen.ir import SchemaError
from rivet_codegen.views import ErrorView


def test_entries_in_the_order_of_the_file():
    text = """
    user: {final: {"*": "The author's."}}
    actor:
      safe: {starting: It starts.}
      final: {gone: It is gone.}
    """
    assert parse_catalogue(text, "errors.yaml") == [
        ErrorView("'user'", "'*'", "FINAL", '"The author\'s."'),
        ErrorView("'actor'", "'starting'", "SAFE", "'It starts.'"),
        ErrorView("'actor'", "'gone'", "FINAL", "'It is gone.'"),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "errors.yaml:1:1: the catalogue is empty"),
        ("a: [", "errors.yaml:1:5: no YAML: expected the node content, but found '<stream end>'"),
        (
            "a: \0",
            "errors.yaml:1:1: no YAML: unacceptable character #x0000: special characters are not allowed",
        ),
        ("- a", "errors.yaml:1:1: expected the groups, as a mapping"),
        ("actor: 1", "errors.yaml:1:8: expected the retry classes of actor, as a mapping"),
        (
            "actor:\n  never: {a: A.}",
            "errors.yaml:2:3: unknown retry class never; expected safe, ambiguous, final",
        ),
        ("actor: {safe: [a]}", "errors.yaml:1:15: expected the codes of actor, as a mapping"),
        ("actor:\n  safe: {a: A.}\n  final: {a: A.}", "errors.yaml:3:11: actor.a is listed twice"),
        ("actor: {safe: {a: A}}", "errors.yaml:1:16: the meaning of actor.a must be a sentence"),
        ("actor: {safe: {a: {b: c}}}", "errors.yaml:1:16: the meaning of actor.a must be a sentence"),
    ],
)
def test_mistakes(text, message):
    with pytest.raises(SchemaError) as caught:
        parse_catalogue(text, "errors.yaml")
    assert str(caught.value).startswith(message)
