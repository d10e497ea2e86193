#!/usr/bin/env bash
# Writes requirements/lock.txt from what .venv holds: `make lock`.
set -euo pipefail
cd "$(dirname "$0")/.."

{
    echo "# The versions skillkit is developed and tested with; written by \`make lock\`, read by requirements/setup.sh."
    .venv/bin/python -m pip freeze --all --exclude-editable \
        | grep -vE '^(pip|skillkit-rl)( @|==)' | sed 's/^\(torch==[^+]*\)+.*/\1/'
} > requirements/lock.new
mv requirements/lock.new requirements/lock.txt
