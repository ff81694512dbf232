#!/bin/sh
# Makes a certificate authority of the deployment's own, and a certificate for each service or system that is named:
#   certificates [-r] FOLDER NAME...
#   FOLDER/authority/  ca.pem and its key: whoever has the key can be anybody
#   FOLDER/NAME/       certificate.pem, key.pem and ca.pem, for that service alone
# A certificate is good for its host name, for this machine, and as `spiffe://xinjian/NAME` in the table of service accounts. What
# exists is kept until a third of its life is left; then the next run makes it anew, and who uses it reads it again by itself.
# With -r whoever sees a folder can read what is in it: for a server that runs as a user of its own, in a volume that nobody else mounts.
set -eu
umask 077

mode=600
if [ "${1:-}" = -r ]; then
  mode=644
  shift
fi

# 90 days, renewed from the 60th on; the authority lives ten years.
days=90
renew_seconds=2592000
authority_days=3650

folder=${1:?the folder comes first}
shift
authority=$folder/authority
mkdir -p "$authority"

new_key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1" 2>/dev/null; }

make_authority() {
  [ -s "$authority/ca.pem" ] && return
  new_key "$authority/ca.key"
  cat >"$authority/request" <<END
[req]
prompt = no
distinguished_name = name
x509_extensions = of_authority
[name]
CN = Xinjian
[of_authority]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
END
  openssl req -x509 -new -config "$authority/request" -key "$authority/ca.key" -days "$authority_days" -out "$authority/ca.pem.new"
  rm "$authority/request"
  mv "$authority/ca.pem.new" "$authority/ca.pem"
}

is_good() { # NAME: made by this authority for the key beside it, and a third of its life is left
  [ -s "$folder/$1/certificate.pem" ] && [ -s "$folder/$1/ca.pem" ] &&
    [ "$(openssl x509 -in "$folder/$1/certificate.pem" -noout -pubkey)" = "$(openssl pkey -in "$folder/$1/key.pem" -pubout 2>/dev/null)" ] &&
    openssl x509 -in "$folder/$1/certificate.pem" -noout -checkend "$renew_seconds" >/dev/null &&
    openssl verify -CAfile "$authority/ca.pem" "$folder/$1/certificate.pem" >/dev/null 2>&1
}

make_certificate() { # NAME
  is_good "$1" && return
  own=$folder/$1
  mkdir -p "$own"
  [ "$mode" = 600 ] || chmod 755 "$own"
  new_key "$own/key.pem.new"
  cat >"$own/request" <<END
[req]
prompt = no
distinguished_name = name
[name]
CN = $1
[of_service]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth, clientAuth
subjectAltName = DNS:$1, DNS:localhost, IP:127.0.0.1, URI:spiffe://xinjian/$1
END
  openssl req -new -config "$own/request" -key "$own/key.pem.new" -out "$own/signing"
  openssl x509 -req -in "$own/signing" -CA "$authority/ca.pem" -CAkey "$authority/ca.key" -set_serial "0x$(openssl rand -hex 16)" \
    -days "$days" -extfile "$own/request" -extensions of_service -out "$own/certificate.pem.new" 2>/dev/null
  rm "$own/request" "$own/signing"
  cp "$authority/ca.pem" "$own/ca.pem.new"
  # Whoever reads between two of these keeps what it had: the pair does not fit.
  for file in ca.pem key.pem certificate.pem; do
    chmod "$mode" "$own/$file.new"
    mv "$own/$file.new" "$own/$file"
  done
}

make_authority
for name in "$@"; do make_certificate "$name"; done
