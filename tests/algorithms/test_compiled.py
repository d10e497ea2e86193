"""Functions compiled ahead of time: the same numbers, one library for each function and shape, clear failures."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
import torch
from torch import Tensor

from skillkit.algorithms.compiled import cache_folder, compile_ahead
from skillkit.machine import compiler

needs_compiler = pytest.mark.skipif(compiler() is None, reason="needs a C++ compiler and Python's headers")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "skillkit"


def product_and_sum(left: Tensor, right: Tensor) -> tuple[Tensor, Tensor]:
    return left @ right, left.sum()


def busy(matrix: Tensor) -> tuple[Tensor]:
    for _ in range(40):
        matrix = torch.tanh(matrix @ matrix)
    return (matrix,)


def examples(rows: int = 2) -> tuple[Tensor, Tensor]:
    return torch.zeros(rows, 3), torch.zeros(3, 2)


@needs_compiler
def test_the_same_numbers_again_and_again(cache: Path) -> None:
    compiled = compile_ahead(product_and_sum, examples())
    left, right = torch.arange(6.0).view(2, 3), torch.ones(3, 2)
    for scale in (1.0, 2.0, 2.0):
        product, total = compiled(scale * left, right)
        assert product.tolist() == [[3.0 * scale, 3.0 * scale], [12.0 * scale, 12.0 * scale]]
        assert total.item() == 15.0 * scale
    assert [path.suffix for path in cache.iterdir()] == [".so"]
    compile_ahead(product_and_sum, examples())
    assert len(list(cache.iterdir())) == 1
    compile_ahead(product_and_sum, examples(rows=4))
    assert len(list(cache.iterdir())) == 2


@needs_compiler
def test_a_call_leaves_the_interpreter_to_other_threads(cache: Path) -> None:
    torch.set_num_threads(1)
    matrix = torch.randn(600, 600)
    compiled = compile_ahead(busy, (matrix,))
    counted, done = 0, threading.Event()

    def call() -> None:
        compiled(matrix)
        done.set()

    threading.Thread(target=call).start()
    start = time.monotonic()
    while not done.is_set() and time.monotonic() - start < 60.0:
        counted += 1
    # With the interpreter held, this thread would count once before the call and never during it.
    assert counted > 1000


def test_a_function_that_holds_tensors_of_its_own_is_refused(cache: Path) -> None:
    def function(left: Tensor, right: Tensor) -> tuple[Tensor]:
        return ((left + torch.tensor([1.0, 2.0, 3.0])) @ right,)

    with pytest.raises(AssertionError, match="takes its tensors as arguments"):
        compile_ahead(function, examples())


@needs_compiler
def test_a_cache_that_cannot_be_written_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(RuntimeError, match=r"cannot be written .*XDG_CACHE_HOME"):
        compile_ahead(product_and_sum, examples())


def test_without_the_variable_the_cache_is_in_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache" / "skillkit"
