import pytest

from rivet_codegen.errors.catalogue import ErrorView, parse_catalogue
from rivet_codegen.schema_error import SchemaError


def test_entries_in_the_order_of_the_file():
    text = """
    user: {actor: {final: {"*": "The author's."}}}
    actor:
      host:
        safe: {starting: It starts.}
        refused: {gone: It is gone.}
      engine: {later: {full: It is full.}, "final, one message": {long: It is long.}}
    """
    assert parse_catalogue(text, "errors.yaml") == [
        ErrorView("'user'", "'*'", "ACTOR", "FINAL", '"The author\'s."'),
        ErrorView("'actor'", "'starting'", "HOST", "SAFE", "'It starts.'"),
        ErrorView("'actor'", "'gone'", "HOST", "REFUSED", "'It is gone.'"),
        ErrorView("'actor'", "'full'", "ENGINE", "LATER", "'It is full.'"),
        ErrorView("'actor'", "'long'", "ENGINE", "FINAL", "'It is long.'", "ONE_MESSAGE"),
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
        ("actor: 1", "errors.yaml:1:8: expected the raisers of actor, as a mapping"),
        (
            "actor:\n  me: {}",
            "errors.yaml:2:3: unknown raiser me; expected engine, host, queue, actor, client",
        ),
        ("a: {host: 1}", "errors.yaml:1:11: expected the retry classes of a, as a mapping"),
        (
            "a:\n  host: {never: {a: A.}}",
            "errors.yaml:2:10: unknown retry class never; expected safe, later, refused, ambiguous, final",
        ),
        (
            "a:\n  host: {'safe, perhaps': {a: A.}}",
            "errors.yaml:2:10: unknown marker perhaps; expected passes, one message, parameters",
        ),
        (
            "a:\n  host: {'safe, ': {a: A.}}",
            "errors.yaml:2:10: unknown marker ; expected passes, one message",
        ),
        ("a: {host: {safe: {a: A.}, 'final, passes': {a: A.}}}", "errors.yaml:1:45: a.a is listed twice"),
        ("a: {host: {safe: [a]}}", "errors.yaml:1:18: expected the codes of a, as a mapping"),
        ("a:\n  host: {safe: {a: A.}}\n  engine: {final: {a: A.}}", "errors.yaml:3:20: a.a is listed twice"),
        ("a: {host: {safe: {a: A}}}", "errors.yaml:1:19: the meaning of a.a must be a sentence"),
        ("a: {host: {safe: {a: {b: c}}}}", "errors.yaml:1:19: the meaning of a.a must be a sentence"),
    ],
)
def test_mistakes(text, message):
    with pytest.raises(SchemaError) as caught:
        parse_catalogue(text, "errors.yaml")
    assert str(caught.value).startswith(message)
