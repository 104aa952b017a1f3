#!/bin/sh
# Before the package's files go.
set -e
systemctl disable --quiet --now grafana-server.service || true
