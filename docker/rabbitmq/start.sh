#!/bin/sh
# Start the broker with one least-rights user per process; each password comes from a secret file of the same name.
set -eu
umask 077
secrets="${SECRETS_DIRECTORY:-/run/secrets}"
target="${DEFINITIONS:-/run/muster/definitions.json}"

cp "$(dirname "$0")/definitions.json" "$target.new"
for user in $(grep -o '@[a-z0-9-]*@' "$target.new" | tr -d @); do
    password=$(cat "$secrets/amqp-$user")
    case "$password" in
        "" | *[!A-Za-z0-9_-]*)
            echo "The password of $user must have letters, digits, - and _ only, and at least one." >&2
            exit 1
            ;;
    esac
    sed -i "s/@$user@/$password/" "$target.new"
done
[ "$(id -u)" -ne 0 ] || ! id rabbitmq >/dev/null 2>&1 || chown rabbitmq "$target.new"
mv "$target.new" "$target"

exec docker-entrypoint.sh rabbitmq-server
