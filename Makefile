# The first of these that is Python 3.11, 3.12 or 3.13 makes .venv; choose another with `make PYTHON=… demo`.
PYTHON ?= python3 python3.13 python3.12 python3.11
BIN := .venv/bin
PIP := $(BIN)/python -m pip install -q --disable-pip-version-check
READY := .venv/.sigpact-ready

.PHONY: demo test lint types docs bench clean lock

demo: $(READY)  ## trains the example model and asks of each version who would break
	@$(BIN)/python -m examples.genre --out build/models/genre
	@echo
	@$(BIN)/sigpact verify contracts --models build/models || test $$? -eq 1  # 1: somebody would, as is meant here

test: $(READY)
	@$(BIN)/pytest

lint: $(READY)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(READY)
	@$(BIN)/mypy

docs: .venv-docs/.ready  ## builds the site into build/site; what MkDocs warns of is an error
	@NO_MKDOCS_2_WARNING=1 .venv-docs/bin/mkdocs build --quiet --strict
	@echo "build/site/index.html"

bench: $(READY)
	@$(BIN)/python -m benchmarks

clean:
	@rm -rf build dist .venv .venv-docs .mypy_cache .pytest_cache .ruff_cache .hypothesis .sigpact

# Needs uv. No header and no addresses: the file names packages and hashes, and any registry will do.
lock:
	@for each in dev docs; do \
	  uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	    --no-emit-find-links --custom-compile-command "make lock" \
	    --output-file requirements/$$each.txt requirements/$$each.in || exit 1; \
	done

$(READY): .venv/.requirements-ready pyproject.toml
	@$(PIP) --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q src  # where PYTHONDONTWRITEBYTECODE is set, each start would compile again
	@touch $@

# Two stamps: a change of pyproject.toml does not bring TensorFlow again.
.venv/.requirements-ready: requirements/dev.txt
	@echo "setting up .venv: TensorFlow and the tools, a minute or two" >&2
	@$(call venv,.venv)
	@$(PIP) --require-hashes -r $<
	@touch $@

# An environment of its own: tests need nothing of it, and it no TensorFlow.
.venv-docs/.ready: requirements/docs.txt
	@echo "setting up .venv-docs" >&2
	@$(call venv,.venv-docs)
	@.venv-docs/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r $<
	@touch $@

define venv
for python in $(PYTHON); do \
  if $$python -c 'import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; \
  then found=$$python; break; fi; \
done; \
if test -z "$$found"; then echo "sigpact needs Python 3.11, 3.12 or 3.13 with venv; none of these is: $(PYTHON)" >&2; exit 1; fi; \
echo "with $$($$found --version)" >&2; \
$$found -m venv --clear $(1)
endef
