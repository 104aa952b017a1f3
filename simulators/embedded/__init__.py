"""A whole kit inside one process: router, main, servers, MAAS, PostgreSQL, Django and NGINX behind one SSH address."""
