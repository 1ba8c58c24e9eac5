# The developer's manual: `make help`.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
FRESH := $(VENV)/.fresh

##@ Try
.PHONY: demo up down status token
demo: venv ## the life of the common base in some four minutes (KEEP=1: everything stays up)
	@$(RUN) -m deploy.demo $(if $(KEEP),--keep)
up: venv ## the platform in the foreground with readable logs, Ctrl-C stops all (DETACH=1: in the background)
	@$(RUN) -m deploy.local up $(if $(DETACH),--detach)
down: venv ## stop everything, even after the supervisor crashed
	@$(RUN) -m deploy.local down
status: venv ## what runs, and where
	@$(RUN) -m deploy.local status
token: venv ## a local token: make token ROLE=agent CAISSE=751, or ROLE=frontend SANDBOX=1
	@$(RUN) -m deploy.local exec -- $(RUN) -m shared.access token --role $(or $(ROLE),agent) $(if $(SANDBOX),--sandbox,$(if $(CAISSE),--caisse $(CAISSE)))

##@ Check
.PHONY: test lint types imports locks-check kernels unit guarantees format
test: ## style, types, boundaries, locks, and every test but the guarantees (PROCESSES=2)
	@$(MAKE) -j2 --output-sync=target lint types imports locks-check kernels
	@$(RUN) -m pytest -m "not guarantee" -n $(or $(PROCESSES),2) --dist loadgroup --no-loadscope-reorder --max-worker-restart 1
lint: venv ## ruff, and the queries that must keep to the caisse of the caller
	@$(RUN) -m ruff check . && $(RUN) -m ruff format --check --quiet .
	@$(RUN) -m tools.caisse_scope
types: venv ## mypy strict: everything but the compiled kernels
	@$(RUN) -m mypy services shared deploy bench tools tests clients/python/base_commune_client
imports: venv ## import-linter: a service imports only itself and the kernel
	@$(VENV)/bin/lint-imports --no-cache --no-logo
locks-check: venv ## the locks follow the lists of dependencies
	@$(RUN) -m deploy.locks check
kernels: venv ## compile the identity search, once per version of its sources
	@$(RUN) -c 'from services.dedup.index.index import Index; Index().warm()'
unit: venv ## the tests without a database or a broker
	@$(RUN) -m pytest -m "not journey and not browser and not servers and not guarantee"
guarantees: venv ## nothing lost, nothing twice, in order, under faults: all proofs (SEED=... APPLICATIONS=...)
	@$(RUN) -m tests.guarantees $(if $(SEED),--seed $(SEED)) $(if $(APPLICATIONS),--applications $(APPLICATIONS))
format: venv ## ruff, safe corrections
	@$(RUN) -m ruff check --fix . && $(RUN) -m ruff format .

.PHONY: compose-test drills helm-test relink-test test-signon test-pages tasks screenshots test-containers
compose-test: ## real containers: images, start, a morning, two replicas, faults (docker and docker-compose)
	@$(PYTHON) -m tests.compose

drills: venv ## what operators fear, done on purpose: how long each function was away, what was lost (ONLY=broker)
	@$(RUN) -m tests.drills $(if $(ONLY),--only $(ONLY))

helm-test: venv ## the chart on a Kubernetes of this machine: two nodes, real pods, faults (root, Docker, Go)
	@$(RUN) -m tests.helm

relink-test: venv ## the whole base linked again: on Spark, here, and by Splink beside it (Java 17; RECORDS=200000)
	@$(VENV)/bin/uv pip install --quiet --python $(RUN) --require-hashes -r locks/relink.txt
	@RELINK_RECORDS=$(or $(RECORDS),200000) $(RUN) -m pytest -q -s tests/relink/whole_base.py tests/relink/lost_worker.py

test-signon: venv ## the sign-on against a real Keycloak, from its zip (Java and Maven; some 3 minutes)
	@$(RUN) -m pytest tests/signon/real_provider.py

test-pages: venv ## each page of each role at every width and zoom, without scripts, dark, forced colours, printed
	@AME_REQUIRE_BROWSER=1 $(RUN) -m pytest tests/browser/every_width.py

tasks: venv ## the 25 everyday tasks done in a browser by the right role: steps, keys, seconds
	@AME_REQUIRE_BROWSER=1 $(RUN) -m pytest -q tests/browser/everyday_tasks.py

screenshots: venv ## every page of every role at three widths, as pictures in .local/screenshots
	@AME_REQUIRE_BROWSER=1 $(RUN) -m pytest -q tests/browser/screenshots.py && echo ".local/screenshots"

test-containers: venv ## the tests of the services on a broker and a database in containers (needs Docker)
	@TEST_BROKER=containers $(RUN) -m pytest -m "servers and not guarantee and not journey and not browser"

##@ Measure
.PHONY: coverage bench soak bench-dedup report-dedup
coverage: venv ## lines and branches of domain/ and shared/ that no test reaches (ARGS=tests/decision)
	@$(RUN) -m pytest --cov --cov-report=term-missing:skip-covered $(or $(ARGS),tests)
bench: venv ## applications per second through the five services, beside a floor and the plain way; memory at rest; pages
	@$(RUN) -m bench.pipeline
	@$(RUN) -m bench.posting
	@$(RUN) -m bench.overload
	@$(RUN) -m bench.idle
	@$(RUN) -m bench.decision
	@$(RUN) -m bench.letters
	@$(RUN) -m bench.reporting
	@$(RUN) -m bench.bulk_check
	@$(RUN) -m bench.pages
soak: venv ## memory under a constant load: flat, or the run fails (MINUTES=10 RATE=10)
	@$(RUN) -m bench.soak $(if $(MINUTES),--minutes $(MINUTES)) $(if $(RATE),--rate $(RATE))
bench-dedup: venv ## speed and memory of the identity search, desk checks, loading a base (ARGS="--size 1000000")
	@failed=; for part in "dedup $(ARGS)" checks loading; do $(RUN) -m bench.$$part || failed="$$failed $${part%% *}"; done; \
	test -z "$$failed" || { echo "Target missed:$$failed" >&2; exit 1; }
report-dedup: venv ## quality of the identity search (ARGS=...)
	@$(RUN) -m bench.report_dedup $(ARGS)

##@ Maintain
.PHONY: venv lock upgrade topics migrate sbom licences clean
venv: $(FRESH) ## .venv with the exact versions of locks/
$(FRESH): locks/bootstrap.txt locks/all.txt locks/dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed ($(PYTHON) is $$($(PYTHON) -V 2>&1)): make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@test -x $(RUN) || $(PYTHON) -m venv $(VENV) || { echo "The module venv is missing: on Debian, apt-get install python3-venv" >&2; exit 1; }
	@echo "Installing the libraries into $(VENV)..."
	@test -x $(VENV)/bin/uv || $(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes -r locks/bootstrap.txt
	@$(VENV)/bin/uv pip install --quiet --python $(RUN) --require-hashes -r locks/all.txt -r locks/dev.txt
	@mkdir -p .local && touch $@
lock: venv ## write locks/*.txt from the lists of dependencies
	@$(RUN) -m deploy.locks write
upgrade: venv ## the same, with the newest versions
	@$(RUN) -m deploy.locks upgrade
topics: venv ## create the Kafka topics of the running platform
	@$(RUN) -m deploy.local exec -- $(RUN) -m shared.messaging.topics create
migrate: venv ## bring the five databases of the running platform to the newest revision
	@$(RUN) -m deploy.local migrate
sbom: venv ## what each image carries, as CycloneDX files in .local/sbom
	@$(RUN) -m deploy.sbom write .local/sbom
licences: venv ## name, version and licence of everything that any image carries
	@$(RUN) -m deploy.sbom licences
clean: down ## forget the local data (databases, broker, papers, keys)
	@rm -rf .local/postgres .local/kafka/data .local/state .local/keys .local/log .local/run

.PHONY: help
help: ## this manual
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
