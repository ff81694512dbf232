#!/bin/sh
# Makes what a deployment needs before its first start, and keeps the tokens of services and gateway fresh afterwards:
#   keys/      private key of the issuer of tokens; nobody else has this folder
#   identity/  public keys, the services' token and the list of revocations, for every service
#   trust/     the authority's certificate alone, for who only asks and is nobody himself
#   certificates/ the deployment's authority, for nobody else, and a certificate for each service and server in a folder of its own; the
#              gateway's token lies with its certificate, where no service sees it
#   signing/   the registry's SM2 key, which attests to letters of commitment; its public half stands in identity/
#   receipts/  punishment's SM2 key, which signs receipts of party checks; its public half stands in identity/
#   callers/   key that seals the callers of tickets and what they said, for collection alone; lost, they can never be read again
#   database/  password of the database's role in the form of libpq's password file, for the services with a database
#   passwords/ of PostgreSQL and Grafana, for each of them alone
# What exists is kept: a second start changes no key and no password. `keys once` makes and ends.
set -eu
umask 077

# Where the volumes are mounted; another place for trying it without containers.
home=${XINJIAN_HOME:-/var/lib/xinjian}
# A token is good for seven days; whoever uses one reads the file again every minute.
renew_after=86400

new_password() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }

# Writes beside the place and moves it there, so that nobody reads half a file.
put() { # MODE FILE, content on standard input
  cat >"$2.new"
  chmod "$1" "$2.new"
  mv "$2.new" "$2"
}

# Looked at every day; made anew when a third of their life is left.
make_certificates() {
  certificates "$home/certificates" registry collection risk inspection punishment gateway
  certificates -r "$home/certificates" postgres redis collector jaeger
  put 644 "$home/trust/ca.pem" <"$home/certificates/authority/ca.pem"
}

make_identity() {
  xinjian keys --out "$home/keys" >/dev/null
  put 644 "$home/identity/jwks.json" <"$home/keys/jwks.json"
  put 600 "$home/identity/service.token" <"$home/keys/service.token"
  put 600 "$home/certificates/gateway/gateway.token" <"$home/keys/gateway.token"
  put 600 "$home/signing/registry.pem" <"$home/keys/registry.pem"
  put 644 "$home/identity/registry.public.pem" <"$home/keys/registry.public.pem"
  put 600 "$home/receipts/punishment.pem" <"$home/keys/punishment.pem"
  put 644 "$home/identity/punishment.public.pem" <"$home/keys/punishment.public.pem"
  [ -e "$home/identity/revocations" ] || put 644 "$home/identity/revocations" </dev/null
}

# Readable by all in a volume that only one other container mounts, under a user of its own.
make_password() { # FILE
  [ -s "$1" ] || new_password | put 644 "$1"
}

make_database_password() {
  make_password "$home/passwords/postgres/password"
  printf '*:*:*:xinjian:%s\n' "$(cat "$home/passwords/postgres/password")" | put 600 "$home/database/pgpass"
}

# Made once: the database refuses another one.
make_caller_key() {
  [ -s "$home/callers/caller.key" ] || od -An -v -N32 -tx1 /dev/urandom | tr -d ' \n' | put 600 "$home/callers/caller.key"
}

make_all() {
  make_caller_key
  make_database_password
  make_password "$home/passwords/grafana/password"
  make_certificates
  make_identity
}

make_all
if [ "${1:-}" = once ]; then exit 0; fi
echo "keys, certificates, token and passwords are in place; the token is made anew every $renew_after s"
trap 'exit 0' TERM INT
while true; do
  # In the background, so that the signal to stop is heard at once.
  sleep "$renew_after" &
  wait $!
  make_certificates
  make_identity
done
