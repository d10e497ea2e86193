"""Pure functions of tensors as machine code: compiled ahead of time, cached, run without the interpreter lock.

PyTorch's ahead-of-time Inductor writes a library with a C interface; a call through ctypes leaves the interpreter to
other threads, which a call through PyTorch's own loader does not.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import hashlib
import logging
import os
import platform
import tempfile
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from skillkit.files import written_whole
from skillkit.machine import compiler

TensorFunction = Callable[..., Sequence[Tensor]]

# One thread per library: sums keep their order, and two libraries can run side by side on two cores.
OPTIONS: dict[str, Any] = {"cpp.threads": 1, "cpp.vec_isa_ok": True}

PLAIN = (int, float, str, bool, type(None))  # what the attributes of a module that is compiled may be

SETTINGS = ("TORCHINDUCTOR", "ATEN_CPU_CAPABILITY")  # of the compiler, in the environment
SCRATCH = "TORCHINDUCTOR_CACHE_DIR"  # the one that changes no library

_pointer_of = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.py_object, ctypes.c_char_p)(
    ("PyCapsule_GetPointer", ctypes.pythonapi)
)
_capsule_of = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)(
    ("PyCapsule_New", ctypes.pythonapi)
)


def compile_ahead(function: TensorFunction, example: Sequence[Tensor], made_of: object) -> TensorFunction:
    """The function as a library for tensors of the example's shapes, from the cache where it was compiled before.

    function: pure, positional tensors in, a sequence of tensors out; it may hold no tensors of its own. made_of:
    what tells it from other functions of the same code, with a `repr` that says it all. It stands for the function
    in the cache, as tracing one would take a second and a fifth of a training's memory. Raises RuntimeError where
    this machine cannot compile it.
    """
    library = cache_folder() / f"{_digest(function, example, made_of)}.so"
    with contextlib.suppress(OSError, AttributeError):  # it is not there, or no library, or of another torch
        return Library(library)
    with warnings.catch_warnings(), _quiet():
        warnings.simplefilter("ignore", FutureWarning)
        _build(_traced(function, example), example, library)
    try:
        return Library(library)
    except (OSError, AttributeError) as error:
        raise RuntimeError(f"the compiled update cannot be loaded ({error})") from error


def compile_on_device(function: TensorFunction, example: Sequence[Tensor]) -> TensorFunction:
    """The same for tensors on a GPU, by `torch.compile`, which keeps a cache of its own; nothing runs beside there."""
    compiled: TensorFunction = torch.compile(function, fullgraph=True, dynamic=False)
    try:
        compiled(*example)
    except Exception as error:  # the compiler's own, of many kinds
        raise RuntimeError(f"the compiler failed ({type(error).__name__}: {error})") from error
    return compiled


def cache_folder() -> Path:
    """Where compiled libraries are kept: `skillkit/` in the user's cache folder; it may be deleted at any time."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "skillkit"


class Library:
    """A compiled function; not to be called by two threads at once."""

    def __init__(self, path: Path) -> None:
        self._library = ctypes.CDLL(str(path))
        self._model = ctypes.c_void_p()
        create = self._library.AOTInductorModelContainerCreateWithDevice
        _check(create(ctypes.byref(self._model), ctypes.c_size_t(1), b"cpu", None), path)
        outputs = ctypes.c_size_t()
        _check(self._library.AOTInductorModelContainerGetNumOutputs(self._model, ctypes.byref(outputs)), path)
        self._outputs = outputs.value
        # PyTorch's own way around the interpreter, which is private: found here, so that a PyTorch without it is said.
        self._handles_of = torch._C._aoti.unsafe_alloc_void_ptrs_from_tensors
        self._tensors_of = torch._C._aoti.alloc_tensors_by_stealing_from_void_ptrs

    def __call__(self, *inputs: Tensor) -> list[Tensor]:
        """The outputs for contiguous CPU tensors of the example's shapes and types."""
        owned = self._handles_of(list(inputs))
        handles = [_pointer_of(capsule, None) for capsule in owned]
        results = (ctypes.c_void_p * self._outputs)()
        status = self._library.AOTInductorModelContainerRunSingleThreaded(
            self._model,
            (ctypes.c_void_p * len(handles))(*handles),  # the library takes these over
            ctypes.c_size_t(len(handles)),
            results,
            ctypes.c_size_t(self._outputs),
            None,
            None,
        )
        _check(status, self._library._name)
        capsules = [_capsule_of(handle, None, None) for handle in results]
        tensors: list[Tensor] = self._tensors_of(capsules)
        return tensors


def description(module: nn.Module) -> list[object]:
    """All that a module's computation depends on beside its code and its tensors' values: classes, numbers, shapes.

    Raises TypeError for a module with an attribute of its own that is no plain number or text, nor a tuple of them.
    """
    own = vars(nn.Module()).keys() - {"training"}
    tensors = (*module.named_parameters(), *module.named_buffers())
    parts: list[object] = [(name, tuple(tensor.shape)) for name, tensor in tensors]
    for name, part in module.named_modules():
        plain = {key: value for key, value in vars(part).items() if key not in own}
        for key, value in plain.items():
            if not all(isinstance(each, PLAIN) for each in (value if isinstance(value, tuple) else (value,))):
                raise TypeError(f"{type(part).__name__}.{key} must be a plain number or text, got {value!r}")
        parts.append((name, type(part).__module__, type(part).__qualname__, plain))
    return parts


def _traced(function: TensorFunction, example: Sequence[Tensor]) -> torch.fx.GraphModule:
    from torch.fx.experimental.proxy_tensor import make_fx  # here, as a library in the cache goes without

    graph: torch.fx.GraphModule = make_fx(function, tracing_mode="fake")(*example)
    held = [node.target for node in graph.graph.nodes if node.op == "get_attr"]  # the cache's key has no values
    if held:
        raise TypeError(f"a compiled function takes its tensors as arguments, this one holds {held}")
    return graph


def _build(graph: torch.fx.GraphModule, example: Sequence[Tensor], library: Path) -> None:
    try:
        library.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as scratch, written_whole(library) as aside:
            options = OPTIONS | {"aot_inductor.output_path": f"{scratch}/update.so"}
            built = torch._inductor.aot_compile(graph, tuple(example), options=options)
            aside.write_bytes(Path(str(built)).read_bytes())
    except OSError as error:
        hint = "name another cache folder by the environment variable XDG_CACHE_HOME"
        raise RuntimeError(f"the cache {library.parent} cannot be written ({error.strerror}), {hint}") from error
    except Exception as error:  # the compiler's own, of many kinds
        raise RuntimeError(f"the compiler failed ({type(error).__name__}: {error})") from error


def _digest(function: TensorFunction, example: Sequence[Tensor], made_of: object) -> str:
    """Names all that the library depends on: code, shapes, torch, settings in the environment, compiler, processor."""
    name = f"{function.__module__}.{function.__qualname__}"
    shapes = [(tuple(tensor.shape), tensor.stride(), str(tensor.dtype)) for tensor in example]
    changed = sorted(item for item in os.environ.items() if item[0].startswith(SETTINGS) and item[0] != SCRATCH)
    built_by = (OPTIONS, changed, torch.__version__, compiler(), platform.machine(), platform.libc_ver())
    parts = (name, made_of, _code(), shapes, built_by, _processor())
    return hashlib.sha256(repr(parts).encode()).hexdigest()


@functools.cache
def _code() -> str:
    """A digest of everything that compiled functions are written in."""
    package = Path(__file__).parents[1]
    files = sorted(path for folder in ("algorithms", "policies") for path in (package / folder).rglob("*.py"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


def _processor() -> str:
    """The instruction sets of this processor, which the library is built for."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith(("flags", "Features")):
                return line
    return f"{platform.processor()} {torch.backends.cpu.get_cpu_capability()}"


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Inductor's own warnings are not for the user."""
    logger = logging.getLogger("torch._inductor")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


def _check(status: int, library: object) -> None:
    if status != 0:
        raise RuntimeError(f"the compiled update {library} failed; delete it and start again")
