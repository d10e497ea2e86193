# Every target sets up .venv first; once it is there, that takes no time.
# The Python to build .venv with: python3.11 where it answers, python3 otherwise; `make PYTHON=... demo` overrides it.
PYTHON ?= $(shell python3.11 -c '' 2>/dev/null && echo python3.11 || echo python3)

BIN := .venv/bin
READY := .venv/.ready
PEERS := .venv-peers/.ready

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-learning torture bench bench-goals studies figures check format lock clean

help:  ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 22

setup: $(READY)  ## Build .venv with the locked versions

$(READY): pyproject.toml requirements/lock.txt requirements/setup.sh
	@bash requirements/setup.sh "$(PYTHON)"
	@touch $@

demo: $(READY)  ## Pretrain a ball, stack a maze policy on it, train a flat one beside it; minutes
	$(BIN)/skillkit demo

test: check  ## Check the code and run the fast tests
	$(BIN)/python -m pytest

# Runtime shape checks are off: these tests compile their updates.
test-learning: $(READY)  ## Run the slow tests that train
	JAXTYPING_DISABLE=1 $(BIN)/python -m pytest -m learning tests/learning

torture: $(READY)  ## Kill, crowd out and spoil small trainings, and see that nothing is lost, into docs/reliability.md; a quarter of an hour
	PYTHONPATH=. $(BIN)/python tests/torture/campaign.py

# The peers have an environment of their own, so that the project's locks none of them but Stable-Baselines3, for tests.
bench: $(READY) $(PEERS)  ## Measure speed and memory beside the peers, into docs/results; half an hour, keep the machine idle
	$(BIN)/python -m benchmarks.run

bench-goals: $(READY)  ## Measure the minutes to the first sparse goal, from three seeds; more than an hour, resumable
	$(BIN)/python -m benchmarks.goals

STUDIES := bundled base_skills ant_maze half_cheetah same_task multi_goal temperature exploration hallways pusher default_policies task_transfer body_transfer hierarchies

studies: $(READY)  ## Train what the pages of docs/results compare, and write them; many hours, resumable
	for study in $(STUDIES); do $(BIN)/python -m studies.$$study || exit 1; done

figures: $(READY)  ## Write those pages and figures from the kept runs, training nothing
	for study in $(STUDIES); do test ! -e docs/results/$$study.md || $(BIN)/python -m studies.$$study --figures || exit 1; done

$(PEERS): benchmarks/peers/requirements.txt benchmarks/peers/setup.sh
	@bash benchmarks/peers/setup.sh "$(PYTHON)"
	@touch $@

check: $(READY)  ## Lint, formatting, types, direction of imports
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy skillkit studies benchmarks
	$(BIN)/lint-imports

format: $(READY)  ## Sort imports and format the code
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

lock: $(READY)  ## Write the versions in .venv to the lock
	bash requirements/lock.sh

clean:  ## Remove both environments, caches and build outputs (runs/ is kept)
	rm -rf .venv .venv-peers dist build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find skillkit tests -name __pycache__ -type d -prune -exec rm -rf {} +
