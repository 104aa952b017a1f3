#!/bin/sh
# A certificate authority that can speak for the mirrored names only, and one certificate. The authority's key ends
# with this build stage: it gets into no image.
set -eu
umask 077
mkdir -p /tls && cd /tls

openssl ecparam -genkey -name prime256v1 -out ca.key
openssl req -x509 -new -key ca.key -sha256 -days 3650 -subj "/CN=Kitcheck simulated kits" \
    -addext "keyUsage=critical,keyCertSign" \
    -addext "nameConstraints=critical,permitted;DNS:github.com,permitted;DNS:githubusercontent.com,permitted;DNS:grafana.com" -out ca.crt

openssl ecparam -genkey -name prime256v1 -out site.key
openssl req -new -key site.key -subj "/CN=github.com" -out site.csr
cat > extensions <<END
subjectAltName=DNS:github.com,DNS:raw.githubusercontent.com,DNS:packages.grafana.com
extendedKeyUsage=serverAuth
END
openssl x509 -req -in site.csr -CA ca.crt -CAkey ca.key -CAcreateserial -sha256 -days 3650 -extfile extensions -out site.crt
chmod 0644 ca.crt site.crt
rm ca.key site.csr
