"""Trees of generated files. A check that can lie is worse than none: every kind of difference must be seen."""

import os
import shutil

import pytest

from rivet_codegen.output import tree as trees
from rivet_codegen.output.format import FormatError
from rivet_codegen.output.tree import MARK, TreeError, build_tree, compare_tree, write_tree

TREE = {
    "package/__init__.py": f"# {MARK}\n".encode(),
    "package/inner/a.py": f"# {MARK}\nA = 1\n".encode(),
    "package/py.typed": b"",
}
A = "package/inner/a.py"


@pytest.fixture
def output(tmp_path):
    folder = tmp_path / "generated"
    write_tree(TREE, folder)
    return folder


def test_what_was_written_is_up_to_date(output):
    assert compare_tree(TREE, output) == []
    assert sorted(path.name for path in output.parent.iterdir()) == ["generated"]


def test_a_folder_that_is_not_there_lacks_everything(tmp_path):
    assert compare_tree(TREE, tmp_path / "nowhere") == [f"missing: {path}" for path in sorted(TREE)]


@pytest.mark.parametrize(
    "data", [TREE[A] + b"\n", TREE[A][:-1], b"", TREE[A].replace(b"1", b"2"), TREE[A].replace(b"\n", b"\r\n")]
)
def test_a_changed_or_truncated_file_is_seen(output, data):
    (output / A).write_bytes(data)
    assert compare_tree(TREE, output) == [f"differs: {A}"]


def test_a_change_that_keeps_size_and_times_is_seen(output):
    before = (output / A).stat()
    (output / A).write_bytes(TREE[A].replace(b"1", b"2"))
    os.utime(output / A, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (output / A).stat().st_size == before.st_size
    assert compare_tree(TREE, output) == [f"differs: {A}"]


def test_a_missing_file_is_seen(output):
    (output / A).unlink()
    assert compare_tree(TREE, output) == [f"missing: {A}"]


@pytest.mark.parametrize("path", ["extra.py", "package/extra.py", "package/inner/.hidden", "new/extra.py"])
def test_an_added_file_is_seen(output, path):
    (output / path).parent.mkdir(exist_ok=True)
    (output / path).write_bytes(b"")
    assert compare_tree(TREE, output) == [f"not generated: {path}"]


def test_a_file_that_is_a_link_or_a_folder_is_seen(output, tmp_path):
    shutil.copy(output / A, tmp_path / "elsewhere")
    (output / A).unlink()
    (output / A).symlink_to(tmp_path / "elsewhere")
    assert compare_tree(TREE, output) == [f"differs: {A}"]
    (output / A).unlink()
    (output / A).mkdir()
    assert compare_tree(TREE, output) == [f"missing: {A}"]


def test_12_10_times_caches_and_files_of_file_managers_do_not_matter(output):
    os.utime(output / A, (0, 0))
    cache = output / "package" / "__pycache__"
    cache.mkdir()
    (cache / "a.pyc").write_bytes(b"x")
    for name in (".DS_Store", "Thumbs.db", "desktop.ini"):
        (output / "package" / name).write_bytes(b"\0\0\0\1Bud1")
    assert compare_tree(TREE, output) == []
    write_tree(TREE, output)


def test_the_old_tree_is_replaced_as_a_whole(output):
    write_tree({"package/b.py": b"b"}, output)
    assert [path.relative_to(output).as_posix() for path in output.rglob("*.py")] == ["package/b.py"]
    assert not (output / "package" / "inner").exists()


def test_files_that_were_not_generated_are_not_lost(output):
    mine = output / "package" / "mine.py"
    mine.write_text("precious")
    with pytest.raises(TreeError, match=r"mine\.py was not generated and would be lost; move it"):
        write_tree(TREE, output)
    assert mine.read_text() == "precious"


def test_a_link_to_a_folder_is_not_lost(output, tmp_path):
    (output / "node_modules").symlink_to(tmp_path)
    with pytest.raises(TreeError, match=r"node_modules was not generated and would be lost; move it"):
        write_tree(TREE, output)
    assert (output / "node_modules").is_symlink()


def test_a_failure_while_writing_leaves_the_old_tree(output):
    broken = {"package/__init__.py": b"new", "package/inner/a.py": None}  # no bytes: the second file fails
    with pytest.raises(TypeError):
        write_tree(broken, output)
    assert compare_tree(TREE, output) == []
    assert sorted(path.name for path in output.parent.iterdir()) == ["generated"]


def test_a_failure_while_swapping_leaves_the_old_tree(output, monkeypatch):
    rename = trees.Path.rename

    def failing(self, target):
        if self.name == "fresh":
            raise OSError("in use")
        return rename(self, target)

    monkeypatch.setattr(trees.Path, "rename", failing)
    with pytest.raises(OSError, match="in use"):
        write_tree({"package/b.py": b"b"}, output)
    assert compare_tree(TREE, output) == []


def test_sources_are_formatted():
    tree = build_tree({"b.py": '"""B."""\nimport sys, os\nprint( sys.path,os )\n', "a/py.typed": ""})
    assert list(tree) == ["a/py.typed", "b.py"]
    assert tree["b.py"] == b'"""B."""\n\nimport os\nimport sys\n\nprint(sys.path, os)\n'


@pytest.mark.parametrize(
    ("source", "message"),
    [('"""B."""\nprint(undefined)\n', r"b\.py:3:7: F821"), ("x = (\n", r"b\.py:2:1")],
    ids=["finding", "syntax"],
)
def test_what_ruff_cannot_mend_is_an_error(source, message):
    with pytest.raises(FormatError, match=message):
        build_tree({"b.py": source})
