#!/usr/bin/env bash
# Builds .venv-peers with the pinned versions: `benchmarks/peers/setup.sh PYTHON`, called by the Makefile.
# What is already there is kept, so a set-up that was interrupted carries on.
set -euo pipefail
cd "$(dirname "$0")/../.."

python=${1:-python3}
peers_python=.venv-peers/bin/python
pins=benchmarks/peers/requirements.txt
torch_cpu_index=https://download.pytorch.org/whl/cpu

pip() { "$peers_python" -m pip --disable-pip-version-check "$@"; }

# Succeeds where pip, with the given options, knows a CPU-only build of the pinned torch.
cpu_torch_listed() {
    pip index versions torch --retries 0 --timeout 5 "$@" 2>/dev/null | grep -F "$torch+cpu" >/dev/null
}

# On Linux the default torch brings gigabytes of CUDA packages, so torch comes first and alone: the CPU-only build
# where pip is set up to find it or PyTorch's own index answers, else the pinned version as it comes.
install_torch() {
    local torch
    torch=$(sed -n 's/^torch==//p' "$pins")
    "$peers_python" -c 'import sys, torch; sys.exit(torch.__version__.split("+")[0] != sys.argv[1])' "$torch" \
        2>/dev/null && return
    echo "Installing torch $torch for the peers (a minute or more) ..."
    if cpu_torch_listed; then
        pip install -qq "torch==$torch+cpu" && return
    elif cpu_torch_listed --index-url "$torch_cpu_index"; then
        pip install -qq "torch==$torch+cpu" --extra-index-url "$torch_cpu_index" && return
    fi
    pip install -qq "torch==$torch"
}

[ -x "$peers_python" ] && "$peers_python" -c 'import pip' 2>/dev/null || "$python" -m venv --clear .venv-peers
install_torch
echo "Installing the peers ..."
pip install -qq -r "$pins"
