"""The table of values, in every carrier and both directions, without an engine.

tests/conformance asks real actors the same.
"""

import json
import re
from pathlib import Path

import cbor2
import pytest

from rivet_client._wire import cbor, json_text, values_codec
from tests.support.value_cases import ALL, CASES, REFUSED, SAMPLES, Case, Refused, exact


def send(value, carrier, path="value") -> bytes:
    if carrier == "bare":
        return cbor.encode(value, path)
    document = values_codec.to_tree(value, carrier, path)
    return json_text.dumps(document) if carrier == "json" else cbor.dumps(document)


def receive(data: bytes, carrier):
    if carrier == "bare":
        return cbor.decode(data)
    return values_codec.from_tree(json_text.loads(data) if carrier == "json" else cbor.loads(data))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_goes_and_comes_back(case: Case):
    for carrier in case.carriers:
        data = send(case.value, carrier)
        if case.wire.startswith("cbor "):
            assert data.hex() == case.wire[len("cbor ") :]
        elif carrier == "json":
            assert data.decode() == case.wire
        else:
            assert exact(cbor2.loads(data)) == exact(json.loads(case.wire)), carrier
        # An echo may change the form on the wire (5.0 for 5), never what Python makes of it.
        assert exact(receive(data, carrier)) == exact(case.back), carrier
        nested = ["$x", {"a": case.value, "b": [case.value, case.value]}]
        expected = ["$x", {"a": case.back, "b": [case.back, case.back]}]
        assert exact(receive(send(nested, carrier), carrier)) == exact(expected), carrier


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_refused(case: Refused):
    for carrier in case.carriers:
        with pytest.raises(case.error) as caught:
            send([case.value], carrier, "args")
        assert str(caught.value) == case.text_for(carrier)
        assert caught.value.__cause__ is None
        assert caught.value.__suppress_context__


def test_names_are_unique():
    for table in (CASES, REFUSED, SAMPLES):
        names = [case.name for case in table]
        assert len(set(names)) == len(names)
    assert {carrier for case in CASES for carrier in case.carriers} == set(ALL)


def test_samples_are_those_of_the_test_server():
    source = Path(__file__).parents[1] / "server" / "src" / "describe.ts"
    names = re.findall(r"^\t(\w+): \(\) =>", source.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(names) == sorted(sample.name for sample in SAMPLES)
