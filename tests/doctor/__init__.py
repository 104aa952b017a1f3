"""Every way in which a kit can be out of reach: the examination names the first broken step."""
