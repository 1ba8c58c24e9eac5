#!/usr/bin/env bash
# The database of Keycloak on the server of the five services, once; its password is set anew each time.
set -euo pipefail
: "${AME_KEYCLOAK_PASSWORD:?set it in .env}"
psql -v ON_ERROR_STOP=1 -v password="$AME_KEYCLOAK_PASSWORD" <<'SQL'
SELECT 'CREATE ROLE ame_keycloak LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'ame_keycloak') \gexec
ALTER ROLE ame_keycloak LOGIN PASSWORD :'password';
SELECT 'CREATE DATABASE ame_keycloak OWNER ame_keycloak' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'ame_keycloak') \gexec
REVOKE CONNECT ON DATABASE ame_keycloak FROM PUBLIC;
SQL
