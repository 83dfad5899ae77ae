#!/bin/bash
# First start only: the roles of Muster. The owner makes the tables; worker and readers get no more than they use.
set -eu

for role in owner writer reader projector; do
    password=$(cat "/run/secrets/postgres-$role")
    psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --set role="muster_$role" --set password="$password" <<'SQL'
CREATE ROLE :"role" LOGIN PASSWORD :'password';
SQL
done
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --command 'CREATE DATABASE muster OWNER muster_owner'
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --command 'REVOKE ALL ON DATABASE muster FROM PUBLIC'
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 \
    --command 'GRANT CONNECT ON DATABASE muster TO muster_writer, muster_reader, muster_projector'
