#!/usr/bin/env bash
# Builds .venv with the locked versions: `requirements/setup.sh PYTHON`, called by the Makefile.
# What is already there is kept, so a set-up that was interrupted carries on.
set -euo pipefail
cd "$(dirname "$0")/.."

python=${1:-python3}
venv_python=.venv/bin/python
lock=requirements/lock.txt
torch_cpu_index=https://download.pytorch.org/whl/cpu

fail() { echo "error: $*" >&2; exit 2; }
warn() { echo "warning: $*" >&2; }
pip() { "$venv_python" -m pip --disable-pip-version-check "$@"; }

check_python() {
    "$python" -c '' 2>/dev/null \
        || fail "Python 3.11 or newer is needed and '$python' does not run; install it, or name one: make PYTHON=/path/to/python3."
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
        || fail "Python 3.11 or newer is needed and '$python' is $("$python" -V 2>&1); name a newer one: make PYTHON=/path/to/python3."
    "$python" -c 'import venv, ensurepip' 2>/dev/null \
        || fail "'$python' cannot make virtual environments; install its venv module (Debian, Ubuntu: apt install python3-venv)."
}

# Updates run as one compiled graph where a compiler is found, and several times slower where none is.
check_compiler() {
    command -v g++ >/dev/null || command -v clang++ >/dev/null \
        || warn "no C++ compiler found: training works but is slower; install one (Debian, Ubuntu: apt install g++)."
    "$venv_python" -c 'import os, sysconfig, sys
sys.exit(not os.path.exists(os.path.join(sysconfig.get_paths()["include"], "Python.h")))' \
        || warn "Python's headers not found: training works but is slower; install them (Debian, Ubuntu: apt install python3-dev)."
}

# Succeeds where pip, with the given options, knows a CPU-only build of the locked torch.
cpu_torch_listed() {
    pip index versions torch --retries 0 --timeout 5 "$@" 2>/dev/null | grep -F "$torch+cpu" >/dev/null
}

# On Linux the default torch brings gigabytes of CUDA packages, so torch comes first and alone: the locked CPU-only
# build where pip is set up to find it or PyTorch's own index answers, else the locked version, else any that fits.
install_torch() {
    local torch
    torch=$(sed -n 's/^torch==//p' "$lock")
    "$venv_python" -c 'import sys, torch; sys.exit(torch.__version__.split("+")[0] != sys.argv[1])' "$torch" 2>/dev/null \
        && return
    echo "Installing torch $torch (a minute or more) ..."
    if cpu_torch_listed; then
        pip install -qq "torch==$torch+cpu" && return
    elif cpu_torch_listed --index-url "$torch_cpu_index"; then
        pip install -qq "torch==$torch+cpu" --extra-index-url "$torch_cpu_index" && return
    fi
    pip install -qq "torch==$torch" || pip install -q "torch>=2.6"
}

check_python
[ -x "$venv_python" ] && "$venv_python" -c 'import pip' 2>/dev/null || "$python" -m venv --clear .venv
check_compiler
install_torch
echo "Installing skillkit and its dependencies ..."
grep -v '^torch==' "$lock" > .venv/constraints.txt
pip install -qq -c .venv/constraints.txt -e '.[dev]'
