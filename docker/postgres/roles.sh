#!/bin/bash
# First start only: the roles of Muster. The owner makes the tables; the others get no more than they use.
set -eu
secrets="${SECRETS_DIRECTORY:-/run/secrets}"
run=(psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname postgres)

for role in owner worker projector reader; do
    "${run[@]}" --set role="muster_$role" --set password="$(cat "$secrets/postgres-$role")" \
        <<<"CREATE ROLE :\"role\" LOGIN PASSWORD :'password';"
done
"${run[@]}" <<'SQL'
CREATE DATABASE muster OWNER muster_owner;
REVOKE ALL ON DATABASE muster FROM PUBLIC;
GRANT CONNECT ON DATABASE muster TO muster_worker, muster_projector, muster_reader;
SQL
