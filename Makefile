# livewatch: `make run` and `make test` are all that a stranger needs.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
#: What `make run` needs is installed: a part of what the tests need.
RUNS   := $(VENV)/.runs

.DEFAULT_GOAL := help
.PHONY: help setup run test test-all test-quick check lint packages bench bench-kafka kafka kafka-stop lock clean s3 sbom rule-pages boards model clauses

help:
	@echo "make run         set up and run the monitor; without livewatch.toml it plays the demo evening"
	@echo "make test        set up and run the tests; of laws that hold for many cases a third of these"
	@echo "make test-all    the same with every case, and the longest tests"
	@echo "make test-quick  between two edits: what takes less than a twentieth of a second a test"
	@echo "make lint        format, lint, types, imports"
	@echo "make check       the same, and the rules' own cases"
	@echo "make rule-pages write docs/rules/ again, from the packs"
	@echo "make sbom        write dist/livewatch-sbom.json: what an installation consists of"
	@echo "make boards      write deploy/grafana/dashboards/ again, from boards.py"
	@echo "make model       train the model of texts again, from the labelled ones"
	@echo "make clauses     train where clauses end in speech without marks"
	@echo "make bench       print the benchmarks (REVISION=…: the core beside an older one; make bench-kafka: the runtimes on Kafka side by side)"
	@echo "make setup       only install"
	@echo "make kafka       start a Kafka broker on this machine (make kafka-stop ends it)"

setup: $(STAMP)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(0 if v >= (3, 11) else f"livewatch needs Python 3.11 or newer, this is {v.major}.{v.minor}. Set PYTHON=/path/to/python3.11")'
	@$(PYTHON) -m venv $(VENV) || \
	  { echo "Python's venv module is missing. On Debian: apt-get install python3-venv" >&2; exit 1; }

$(RUNS): requirements/run.txt pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(RUNS)

# Of 800 MB that only tests and lint need most is never imported; what is, is compiled then.
$(STAMP): requirements/dev.txt $(RUNS)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes -r requirements/dev.txt
	@touch $(STAMP)

run: $(RUNS)
	@$(BIN)/livewatch run $(ARGS)

# What the tests run that is not of Python: Chromium, PostgreSQL (the tests start a server of their
# own from it, Debian's own is not touched), Prometheus and Alertmanager, the proxies before the
# console, what speaks, what reads sound and pictures, and a Chinese font. Installed here when we may,
# in one go, otherwise named. Chromium without its own windows reads pages at a quarter of the time;
# where there is no package of it the tests take the whole one.
packages:
	@whole=; bare=; \
	lean() { command -v chromium-headless-shell >/dev/null || apt-cache pkgnames chromium-headless-shell 2>/dev/null; }; \
	command -v chromium >/dev/null || command -v chromium-browser >/dev/null || whole="$$whole chromium"; \
	ls /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc >/dev/null 2>&1 || whole="$$whole fonts-noto-cjk"; \
	[ -n "$$LIVEWATCH_POSTGRES" ] || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || whole="$$whole postgresql"; \
	command -v ffmpeg >/dev/null || whole="$$whole ffmpeg"; \
	command -v softhsm2-util >/dev/null || whole="$$whole softhsm2"; \
	command -v espeak-ng >/dev/null || whole="$$whole espeak-ng"; \
	{ command -v prometheus && command -v promtool; } >/dev/null || bare="$$bare prometheus"; \
	command -v amtool >/dev/null || bare="$$bare prometheus-alertmanager"; \
	command -v caddy >/dev/null || bare="$$bare caddy"; \
	command -v nginx >/dev/null || ls /usr/sbin/nginx >/dev/null 2>&1 || bare="$$bare nginx-light"; \
	if [ -z "$$whole$$bare$$(lean)" ]; then exit 0; fi; \
	if [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then \
	  [ -z "$$whole$$bare" ] || echo "Some tests need these, and are skipped without them: sudo apt-get install$$whole$$bare" >&2; exit 0; \
	fi; \
	echo "installing for the tests:$$whole$$bare $$(lean)"; \
	export DEBIAN_FRONTEND=noninteractive; \
	apt-get update -qq && bare="$$bare $$(lean)" && \
	{ [ -z "$$whole" ] || apt-get install -y -qq $$whole >/dev/null; } && \
	{ [ "$$bare" = " " ] || apt-get install -y -qq --no-install-recommends $$bare >/dev/null; }

# The S3 server with Object Lock, which the archive's tests run: Versity's gateway (Apache-2.0).
s3:
	@[ -n "$$LIVEWATCH_S3" ] || command -v versitygw >/dev/null || [ -x "$$HOME/go/bin/versitygw" ] || { \
	  if command -v go >/dev/null; then \
	    echo "building versitygw for the tests of the archive; some minutes, once"; \
	    GOBIN="$$HOME/go/bin" go install github.com/versity/versitygw/cmd/versitygw@v1.8.0 \
	      || echo "versitygw could not be built: the tests of the archive in S3 are SKIPPED." >&2; \
	  else \
	    echo "The tests of the archive in S3 need versitygw, and Go to build it. They are skipped without it." >&2; \
	  fi; }

# On a fresh tree one process compiles the tests and the rules for all that share them: each would
# else do it for itself, for twenty seconds of processor time. What cannot be collected the tests tell.
tests/__pycache__: | setup
	@$(BIN)/python -m pytest --collect-only -q >/dev/null || true

# Six processes for two processors, since some tests wait for brokers and servers. Each begins with
# its share of the long ones (tests/order.py); whoever has nothing left takes of the others', so that
# all end together. Up to three that fail are tried once more, alone (tests/again.py).
test-all: export LIVEWATCH_WHOLE = 1
test-all: s3
test test-all: setup packages tests/__pycache__
	$(BIN)/python -m pytest -n 6 --dist worksteal || { [ $$? = 1 ] && $(BIN)/python -m tests.again; }

# What it leaves to `make test` docs/architecture.md says.
test-quick: setup
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not slow and not browser and not kafka and not postgres" --ignore tests/e2e --ignore tests/deploy -q

lint: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Of the rules' own cases it finds what the tests find, too, without the tests.
check: lint
	$(BIN)/livewatch rules check
	$(BIN)/livewatch rules test

# After a change of the packs: docs/rules/ is made from them.
rule-pages: setup
	$(BIN)/livewatch rules pages docs/rules

# After a change of deploy/grafana/boards.py: the dashboards are written by it.
boards:
	$(PYTHON) deploy/grafana/boards.py

# With REVISION=…, beside the core of an older revision.
bench: export LIVEWATCH_BENCH_REVISION = $(REVISION)
bench: setup
	$(BIN)/python -m tests.benchmarks

# A broker, Quix Streams in an environment of its own (ours behind it), one table; under six minutes.
bench-kafka: export KAFKA_DIR = $(CURDIR)/var/kafka-bench
bench-kafka: export KAFKA_LIB = $(CURDIR)/var/kafka/lib
bench-kafka: export KAFKA_PORT = 29192
bench-kafka: setup var/quix/.installed
	@deploy/kafka/broker.sh start
	@LIVEWATCH_KAFKA=127.0.0.1:$$KAFKA_PORT $(BIN)/python -m tests.benchmarks.bench_kafka; status=$$?; \
	  deploy/kafka/broker.sh stop; rm -rf "$$KAFKA_DIR"; exit $$status

var/quix/.installed: requirements/quix.txt
	$(PYTHON) -m venv var/quix
	var/quix/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/quix.txt
	$(BIN)/python -c 'import pathlib, sysconfig; (next(pathlib.Path("var/quix").glob("lib/python*/site-packages")) / "livewatch.pth").write_text(sysconfig.get_path("purelib") + "\n")'
	@touch $@

# A real broker in KRaft mode, from Maven Central's artefacts; no container.
kafka:
	@deploy/kafka/broker.sh start

kafka-stop:
	@deploy/kafka/broker.sh stop

clauses: setup var/training/.installed
	var/training/bin/python -m training.clauses

# scikit-learn only makes tables of weights; nothing that runs needs it.
var/training/.installed: requirements/training.txt
	$(PYTHON) -m venv var/training
	var/training/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/training.txt
	$(BIN)/python -c 'import pathlib, sysconfig; (next(pathlib.Path("var/training").glob("lib/python*/site-packages")) / "livewatch.pth").write_text(sysconfig.get_path("purelib") + "\n")'
	touch $@

# The model that ships with livewatch.
model: setup var/training/.installed
	var/training/bin/python -m training.likeness

# What an installation consists of, for whoever has to know (CycloneDX).
# Of an installation as docs/deployment.md and the image make it, without what the tests need.
sbom: var/sbom/.installed var/sbom/runtime/.installed
	@mkdir -p dist
	var/sbom/bin/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible --of JSON -o dist/livewatch-sbom.json var/sbom/runtime/bin/python
	$(PYTHON) tools/sbom.py dist/livewatch-sbom.json requirements/runtime.txt

var/sbom/runtime/.installed: requirements/runtime.txt
	$(PYTHON) -m venv var/sbom/runtime
	var/sbom/runtime/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/runtime.txt
	@touch $@

var/sbom/.installed: requirements/sbom.txt
	$(PYTHON) -m venv var/sbom
	var/sbom/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/sbom.txt
	@touch $@

# Needs uv on the path; run after a change of pyproject.toml.
lock:
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --extra archive --extra kafka --extra otel --extra pages --extra postgres pyproject.toml -o requirements/runtime.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --group build -c requirements/runtime.txt pyproject.toml -o requirements/run.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --group dev --extra archive --extra kafka --extra model --extra ocr --extra otel --extra pages --extra pkcs11 --extra postgres --extra report --extra speech-whisper --extra speech-sherpa -c requirements/runtime.txt -c requirements/run.txt pyproject.toml -o requirements/dev.txt
	echo 'quixstreams==3.28.1' | uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header - -o requirements/quix.txt
	echo 'cyclonedx-bom==7.5.0' | uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header - -o requirements/sbom.txt
	echo 'scikit-learn==1.9.1' | uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header - -o requirements/training.txt

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache var
