# The developer's manual: `make help`.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
FRESH := $(VENV)/.fresh

##@ Essayer
.PHONY: demo up down status token
demo: venv ## la vie de la base commune en deux minutes (KEEP=1 : tout reste en marche)
	@$(RUN) -m deploy.demo $(if $(KEEP),--keep)
up: venv ## la plateforme au premier plan, journaux lisibles, Ctrl-C arrête tout (DETACH=1 : en arrière-plan)
	@$(RUN) -m deploy.local up $(if $(DETACH),--detach)
down: venv ## arrête tout, même après un plantage du superviseur
	@$(RUN) -m deploy.local down
status: venv ## ce qui tourne, et où
	@$(RUN) -m deploy.local status
token: venv ## un jeton local : make token ROLE=agent CAISSE=751
	@$(RUN) -m deploy.local exec -- $(RUN) -m shared.access token --role $(or $(ROLE),agent) $(if $(CAISSE),--caisse $(CAISSE))

##@ Vérifier
.PHONY: test lint types imports locks-check kernels unit guarantees format
test: ## tout : style, types, frontières, verrous, tests (PROCESSES=2)
	@$(MAKE) -j2 --output-sync=target lint types imports locks-check kernels
	@$(RUN) -m pytest -n $(or $(PROCESSES),2) --dist loadgroup --no-loadscope-reorder --max-worker-restart 1
lint: venv ## ruff
	@$(RUN) -m ruff check . && $(RUN) -m ruff format --check --quiet .
types: venv ## mypy strict: everything but the compiled kernels
	@$(RUN) -m mypy services shared deploy bench tests
imports: venv ## import-linter : un service n'importe que lui-même et le noyau
	@$(VENV)/bin/lint-imports --no-cache --no-logo
locks-check: venv ## les verrous suivent les listes de dépendances
	@$(RUN) -m deploy.locks check
kernels: venv ## compile la recherche d'identité, une fois par version de ses sources
	@$(RUN) -c 'from services.dedup.index.index import Index; Index().warm()'
unit: venv ## les tests sans base de données ni courtier
	@$(RUN) -m pytest -m "not journey and not browser and not servers and not guarantee"
guarantees: venv ## rien de perdu, rien en double, dans l'ordre, sous les pannes : toutes les preuves (SEED=…)
	@$(RUN) -m tests.guarantees $(if $(SEED),--seed $(SEED)) $(if $(APPLICATIONS),--applications $(APPLICATIONS))
format: venv ## ruff, corrections sûres
	@$(RUN) -m ruff check --fix . && $(RUN) -m ruff format .

.PHONY: compose-test test-containers
compose-test: ## les conteneurs pour de bon : images, démarrage, une matinée, deux répliques, des pannes (docker et docker-compose)
	@$(PYTHON) -m tests.compose

test-containers: venv ## les tests des services sur un courtier et une base en conteneurs (testcontainers ; il faut Docker)
	@TEST_BROKER=containers $(RUN) -m pytest -m "servers and not guarantee and not journey and not browser"

##@ Mesurer
.PHONY: bench soak bench-dedup report-dedup
bench: venv ## demandes par seconde à travers les cinq services, à côté d'un plancher et de l'habitude simple ; mémoire au repos
	@$(RUN) -m bench.pipeline
	@$(RUN) -m bench.posting
	@$(RUN) -m bench.idle
	@$(RUN) -m bench.decision
soak: venv ## la mémoire sous une charge égale : plate, ou l'essai échoue (MINUTES=10 RATE=10)
	@$(RUN) -m bench.soak $(if $(MINUTES),--minutes $(MINUTES)) $(if $(RATE),--rate $(RATE))
bench-dedup: venv ## vitesse et mémoire de la recherche d'identité, contrôles au guichet, chargement d'une base (ARGS="--size 1000000")
	@failed=; for part in "dedup $(ARGS)" checks loading; do $(RUN) -m bench.$$part || failed="$$failed $${part%% *}"; done; \
	test -z "$$failed" || { echo "Objectif manqué :$$failed" >&2; exit 1; }
report-dedup: venv ## qualité de la recherche d'identité (ARGS=...)
	@$(RUN) -m bench.report_dedup $(ARGS)

##@ Entretenir
.PHONY: venv lock upgrade topics migrate clean
venv: $(FRESH) ## .venv avec les versions exactes de locks/
$(FRESH): locks/bootstrap.txt locks/all.txt locks/dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Il faut Python 3.11 ou plus récent ($(PYTHON) est $$($(PYTHON) -V 2>&1)) : make PYTHON=/chemin/vers/python3.11" >&2; exit 1; }
	@test -x $(RUN) || $(PYTHON) -m venv $(VENV) || { echo "Le module venv manque : sous Debian, apt-get install python3-venv" >&2; exit 1; }
	@echo "Installation des bibliothèques dans $(VENV)…"
	@test -x $(VENV)/bin/uv || $(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes -r locks/bootstrap.txt
	@$(VENV)/bin/uv pip install --quiet --python $(RUN) --require-hashes -r locks/all.txt -r locks/dev.txt
	@mkdir -p .local && touch $@
lock: venv ## réécrit locks/*.txt d'après les listes de dépendances
	@$(RUN) -m deploy.locks write
upgrade: venv ## de même, avec les dernières versions
	@$(RUN) -m deploy.locks upgrade
topics: venv ## crée les sujets Kafka de la plateforme en marche
	@$(RUN) -m deploy.local exec -- $(RUN) -m shared.messaging.topics create
migrate: venv ## met les cinq bases de la plateforme en marche à jour
	@$(RUN) -m deploy.local migrate
clean: down ## oublie les données locales (bases, courtier, pièces, clés)
	@rm -rf .local/postgres .local/kafka/data .local/state .local/keys .local/log .local/run

.PHONY: help
help: ## ce manuel
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
