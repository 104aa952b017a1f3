"""A stand-in for Grafana: logins, data sources, queries passed on to Prometheus, dashboards, and pages to look at."""
