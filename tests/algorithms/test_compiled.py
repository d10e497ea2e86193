"""Functions compiled ahead of time: the same numbers, one library for each function and shape, clear failures."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
import torch
from torch import Tensor

from skillkit.algorithms.compiled import TensorFunction, cache_folder, compile_ahead, description
from skillkit.machine import compiler
from skillkit.policies.flow import Coupling

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
    compiled = compile_ahead(product_and_sum, examples(), None)
    left, right = torch.arange(6.0).view(2, 3), torch.ones(3, 2)
    for scale in (1.0, 2.0, 2.0):
        product, total = compiled(scale * left, right)
        assert product.tolist() == [[3.0 * scale, 3.0 * scale], [12.0 * scale, 12.0 * scale]]
        assert total.item() == 15.0 * scale
    assert [path.suffix for path in cache.iterdir()] == [".so"]
    compile_ahead(product_and_sum, examples(), None)
    assert len(list(cache.iterdir())) == 1
    compile_ahead(product_and_sum, examples(rows=4), None)
    assert len(list(cache.iterdir())) == 2


@needs_compiler
def test_a_call_leaves_the_interpreter_to_other_threads(cache: Path) -> None:
    torch.set_num_threads(1)
    matrix = torch.randn(600, 600)
    compiled = compile_ahead(busy, (matrix,), None)
    took: list[float] = []

    def call() -> None:
        start = time.monotonic()
        for _ in range(5):
            compiled(matrix)
        took.append(time.monotonic() - start)

    caller = threading.Thread(target=call)
    caller.start()
    last, longest = time.monotonic(), 0.0
    while not took and last < time.monotonic() + 60.0:
        now = time.monotonic()
        last, longest = now, max(longest, now - last)
    caller.join()
    # With the interpreter held, this thread would stand still for the length of a call.
    assert longest < 0.5 * took[0] / 5


@needs_compiler
def test_a_torch_without_what_it_needs_is_said(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(torch._C._aoti, "unsafe_alloc_void_ptrs_from_tensors")
    with pytest.raises(RuntimeError, match="the compiled update cannot be loaded"):
        compile_ahead(product_and_sum, examples(), None)


@needs_compiler
def test_a_setting_of_the_compiler_has_a_library_of_its_own(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for capability in ("default", "avx2", "default"):
        monkeypatch.setenv("ATEN_CPU_CAPABILITY", capability)
        compile_ahead(product_and_sum, examples(), None)
    assert len(list(cache.iterdir())) == 2


def test_a_function_that_holds_tensors_of_its_own_is_refused(cache: Path) -> None:
    def function(left: Tensor, right: Tensor) -> tuple[Tensor]:
        return ((left + torch.tensor([1.0, 2.0, 3.0])) @ right,)

    with pytest.raises(TypeError, match="takes its tensors as arguments"):
        compile_ahead(function, examples(), None)


@needs_compiler
def test_a_cache_that_cannot_be_written_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(RuntimeError, match=r"cannot be written .*XDG_CACHE_HOME"):
        compile_ahead(product_and_sum, examples(), None)


def test_without_the_variable_the_cache_is_in_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache" / "skillkit"


@needs_compiler
def test_what_a_function_is_made_of_has_a_library_of_its_own(cache: Path) -> None:
    def scaled(factor: float) -> TensorFunction:
        return lambda left, right: (factor * left @ right,)

    for factor in (2.0, 3.0, 2.0):
        (product,) = compile_ahead(scaled(factor), examples(), ["scaled by", factor])(
            torch.ones(2, 3), torch.ones(3, 2)
        )
        assert product.tolist() == [[3.0 * factor, 3.0 * factor]] * 2
    assert len(list(cache.iterdir())) == 2


def test_a_modules_description_tells_numbers_and_shapes_and_no_values() -> None:
    def coupling(width: int = 4, limit: float = 2.0, odd: bool = False) -> str:
        return repr(description(Coupling(width, 3, 5, limit, odd)))

    assert coupling() == coupling()
    assert len({coupling(), coupling(width=6), coupling(limit=3.0), coupling(odd=True)}) == 4


def test_a_module_that_cannot_be_described_is_refused() -> None:
    module = torch.nn.Identity()
    module.names = ("a", "b")
    assert "('a', 'b')" in repr(description(module))
    module.table = {"a": 1}
    with pytest.raises(TypeError, match=r"Identity.table must be a plain number or text"):
        description(module)
