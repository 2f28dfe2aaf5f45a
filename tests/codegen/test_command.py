"""`python -m rivet_codegen`."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from rivet_codegen.__main__ import main
from rivet_codegen.output.tree import MARK

ROOT = Path(__file__).parents[2]


def run(*arguments, cwd=ROOT, **environment):
    return subprocess.run(
        [sys.executable, "-m", "rivet_codegen", *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT / "codegen"), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def contents(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_committed_code_is_up_to_date(capsys):
    assert main(["--check"]) == 0, capsys.readouterr().err


def test_same_bytes_whatever_the_hash_seed_and_the_folder(tmp_path):
    schema = tmp_path / "elsewhere" / "schema"
    shutil.copytree(ROOT / "schema", schema)
    one = run("--output", tmp_path / "one", cwd=tmp_path, PYTHONHASHSEED="1")
    two = run(
        "--output",
        tmp_path / "two",
        "--schema",
        schema,
        cwd="/",
        PYTHONHASHSEED="2",
        LC_ALL="C",
        TZ="Asia/Tokyo",
    )
    assert (one.returncode, one.stderr, two.returncode, two.stderr) == (0, "", 0, "")
    assert contents(tmp_path / "one") == contents(tmp_path / "two") != {}


def test_every_file_says_where_it_comes_from():
    for path, data in contents(ROOT / "generated").items():
        if path.suffix == ".py":
            head = data.decode().splitlines()[0]
            assert head.startswith(f"# {MARK} Source: "), path
            assert head.endswith("; command: python -m rivet_codegen"), path
            origin = head.split("Source: ")[1].split(";")[0]
            assert list(ROOT.glob(origin)), path
            assert str(ROOT) not in data.decode(), path


@pytest.mark.parametrize("damage", ["change", "truncate", "add", "delete"])
def test_check_goes_red_and_writing_makes_it_green(tmp_path, capsys, damage):
    output = tmp_path / "generated"
    shutil.copytree(ROOT / "generated", output, ignore=shutil.ignore_patterns("__pycache__"))
    target = output / "rivet_client_generated" / "protocol" / "v4.py"
    expected = "differs: rivet_client_generated/protocol/v4.py"
    match damage:
        case "change":
            target.write_bytes(
                target.read_bytes().replace(b"pos + 1", b"pos + 2").replace(b"tag == 3", b"tag == 4")
            )
        case "truncate":
            target.write_bytes(target.read_bytes()[:-1])
        case "add":
            (target.parent / "v5.py").write_bytes(target.read_bytes())
            expected = "not generated: rivet_client_generated/protocol/v5.py"
        case "delete":
            target.unlink()
            expected = "missing: rivet_client_generated/protocol/v4.py"
    before = contents(output)
    assert main(["--check", "--output", str(output)]) == 1
    assert expected in capsys.readouterr().err.splitlines()
    assert contents(output) == before
    assert main(["--output", str(output)]) == 0
    assert main(["--check", "--output", str(output)]) == 0


@pytest.mark.parametrize("arguments", [[], ["--check"]])
def test_a_wrong_schema_is_reported_and_nothing_written(tmp_path, capsys, arguments):
    schema = tmp_path / "schema"
    shutil.copytree(ROOT / "schema", schema)
    (schema / "client_protocol" / "v5.bare").write_text("type Init struct {\n  x: text\n}\n")
    output = tmp_path / "generated"
    assert main([*arguments, "--schema", str(schema), "--output", str(output)]) == 1
    assert capsys.readouterr().err.startswith(
        "rivet_codegen: schema/client_protocol/v5.bare:2:6: unknown type text; BARE has bool"
    )
    assert not output.exists()


def test_a_schema_folder_that_is_not_there(tmp_path, capsys):
    assert main(["--schema", str(tmp_path / "nowhere")]) == 1
    assert "nowhere; say where it is with --schema" in capsys.readouterr().err


def test_a_schema_file_that_is_not_there(tmp_path, capsys):
    shutil.copytree(ROOT / "schema", tmp_path / "schema")
    (tmp_path / "schema" / "errors.yaml").unlink()
    assert main(["--schema", str(tmp_path / "schema"), "--output", str(tmp_path / "out")]) == 1
    assert "errors.yaml" in capsys.readouterr().err


@pytest.mark.parametrize("package", ["datamodel_code_generator", "jinja2", "yaml", "ruff"])
def test_a_missing_package_is_named_with_the_way_to_get_it(tmp_path, package):
    (tmp_path / "sitecustomize.py").write_text(
        f"import sys\nsys.modules[{package!r}] = None\n"  # makes `import` raise ModuleNotFoundError
    )
    done = run("--check", PYTHONPATH=os.pathsep.join([str(tmp_path), str(ROOT / "codegen")]))
    assert done.returncode == 1
    assert done.stderr == (
        f"rivet_codegen: the generator needs {package}, which is not installed: "
        f"pip install -r '{ROOT}/codegen/rivet_codegen/tools/requirements.txt'\n"
    )


def test_the_generator_does_not_import_the_client():
    script = (
        "import sys, rivet_codegen.__main__, rivet_codegen.generate; print('rivet_client' in sys.modules)"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "codegen")}
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"
