#!/bin/sh
# Starts a server of others with its certificate, and has it read the certificate again when that was made anew:
#   renewing RELOAD SERVER ARGUMENTS...
# `keys` writes to /run/tls, which everybody in the container can read; the server reads from /run/server, where the files are its own:
# PostgreSQL takes no other key. RELOAD is a line of shell by which the server reads them again; open connections go on.
set -eu
umask 077

from=/run/tls
own=/run/server
look_after=60 # seconds

reload=${1:?the line that has the server read its certificate again comes first}
shift

copy() {
  for file in ca.pem key.pem certificate.pem; do
    cp "$from/$file" "$own/$file.new" && mv "$own/$file.new" "$own/$file" || return 1
  done
}

is_new() {
  for file in ca.pem key.pem certificate.pem; do
    cmp -s "$from/$file" "$own/$file" || return 0
  done
  return 1
}

# What is read while it is being written does not fit together: the server keeps what it has, and the next look finds the rest.
watch() {
  while sleep "$look_after"; do
    is_new && copy || continue
    until sh -c "$reload"; do
      echo "renewing: the server did not read its new certificate; trying again" >&2
      sleep "$look_after"
    done
  done
}

copy
# Not a child of the server, which would wonder at its end.
(watch &)
exec "$@"
