#!/bin/sh
# What the package does once its files are there: a user of its own, and the service.
set -e
if [ "$1" = configure ]; then
    getent group grafana > /dev/null || addgroup --quiet --system grafana
    getent passwd grafana > /dev/null || adduser --quiet --system --no-create-home --home /usr/share/grafana --ingroup grafana grafana
    chown -R grafana:grafana /var/lib/grafana /var/log/grafana
    [ -e /etc/grafana/grafana.ini ] || printf '[server]\nhttp_port = 3000\n' > /etc/grafana/grafana.ini
    chown root:grafana /etc/grafana/grafana.ini
    chmod 0640 /etc/grafana/grafana.ini
    systemctl daemon-reload
    systemctl enable --quiet --now grafana-server.service
fi
