#!/bin/sh
# Make docker/secrets: a random password per user, and the addresses that contain them. What is there stays.
# Run as root before the first start. The folder is root's alone; each container is given only the files it needs.
set -eu
folder="${1:-$(dirname "$0")/secrets}"
user=10001 # who the processes run as: see Dockerfile

umask 022
mkdir -p "$folder"
chmod 700 "$folder"

random() {
    head -c 24 /dev/urandom | od -An -v -tx1 | tr -d ' \n'
}

keep() { # NAME CONTENT
    [ -s "$folder/$1" ] || printf '%s' "$2" >"$folder/$1"
}

keep postgres-superuser "$(random)"
for role in owner worker projector reader; do
    keep "postgres-$role" "$(random)"
    keep "dsn-$role" "postgresql://muster_$role:$(cat "$folder/postgres-$role")@postgres:5432/muster"
done
for name in handler-1 worker console; do
    keep "amqp-$name" "$(random)"
    keep "broker-$name" "amqp://$name:$(cat "$folder/amqp-$name")@rabbitmq:5672/muster"
done

# `muster setup` writes the deployment's keys here.
mkdir -p "$folder/deployment"
chmod 700 "$folder/deployment"
[ "$(id -u)" -ne 0 ] || chown "$user" "$folder/deployment"
