#!/usr/bin/env bash
# Install RabbitMQ and PostgreSQL on Debian or Ubuntu for `make test`, without starting or keeping any daemon.
# Usage: sudo bash tests/support/services/install.sh [rabbitmq-server] [postgresql]
set -eu
PATH="${PATH:-/usr/sbin:/usr/bin:/sbin:/bin}"
[ "$#" -gt 0 ] || set -- rabbitmq-server postgresql

policy="${ROOT_DIRECTORY:-}/usr/sbin/policy-rc.d"
cluster="${ROOT_DIRECTORY:-}/etc/postgresql-common/createcluster.d/muster-tests.conf"
ours=()
trap 'rm -f "${ours[@]}"' EXIT
trap 'exit 130' INT TERM HUP

# Only for the time of the install, and never in place of what an administrator put there.
if [ ! -e "$policy" ]; then
    ours+=("$policy")
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
fi
if [ ! -e "$cluster" ]; then
    ours+=("$cluster")
    mkdir -p "$(dirname "$cluster")"
    echo 'create_main_cluster = false' >"$cluster"
fi

export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get install -y -q --no-install-recommends -o Dpkg::Options::=--force-confold "$@"
