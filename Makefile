# Everything a person or CI types. Only python3 (3.11 or later) and make are needed: .venv is built here.
PY := .venv/bin/python
STAMP := .venv/.stamp

.PHONY: demo test check bench peers ray lock texts clean

demo: $(STAMP)  ## a city that is alive: panels, couriers, the office
	$(PY) -m guinda demo $(ARGS)

test: $(STAMP)  ## the tests; the browser journeys too where a Chromium is found; `make check` adds the storms, which kill servers
	$(PY) -m pytest -n 2 --dist loadfile -m "not storm" $(ARGS)

check: $(STAMP)  ## everything CI runs
	$(PY) tools/check.py $(ARGS)

bench: $(STAMP)  ## the benchmarks, each printing ratios against a peer in the same run
	$(PY) benchmarks/orders.py $(ARGS)
	$(PY) benchmarks/panel.py

peers: .venv-peers/.stamp  ## what the solvers' benchmarks are measured beside, in an environment of its own

.venv-peers/.stamp: requirements/peers.txt | .venv/bin/uv
	.venv/bin/uv venv -q --clear -p $(PY) .venv-peers
	.venv/bin/uv pip sync -q -p .venv-peers/bin/python --require-hashes requirements/peers.txt
	touch .venv-peers/.stamp

ray: $(STAMP)  ## Ray in the same environment, so that allocation can be spread over machines; making .venv anew leaves it out again
	.venv/bin/uv pip install -q -p $(PY) --require-hashes -r requirements/ray.txt

lock: .venv/bin/uv  ## write the hashed requirement lists anew from pyproject.toml
	.venv/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate pyproject.toml -o requirements/run.txt
	.venv/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate pyproject.toml --group dev -c requirements/run.txt -o requirements/dev.txt
	.venv/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --group peers -o requirements/peers.txt
	.venv/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate pyproject.toml --extra ray -c requirements/dev.txt -o requirements/ray.txt
	echo uv | .venv/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate - -o requirements/uv.txt

texts: $(STAMP)  ## bring the three languages' catalogues up to date and compile them
	$(PY) tools/texts.py update

.venv/bin/uv:
	python3 -m venv .venv
	if [ -f requirements/uv.txt ]; then .venv/bin/pip install -q --require-hashes -r requirements/uv.txt; else .venv/bin/pip install -q uv; fi

$(STAMP): requirements/uv.txt requirements/dev.txt pyproject.toml | .venv/bin/uv
	.venv/bin/uv pip sync -q -p $(PY) --require-hashes requirements/uv.txt requirements/dev.txt
	.venv/bin/uv pip install -q -p $(PY) --no-deps --no-build-isolation -e .
	touch $(STAMP)

clean:  ## removes what the commands above made; the data folder var/ stays
	rm -rf .venv .venv-peers .mypy_cache .pytest_cache .ruff_cache
