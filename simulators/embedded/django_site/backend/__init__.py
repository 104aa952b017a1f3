"""A database engine for Django: SQLite connections that belong to the PostgreSQL of the host that answers."""
