"""Passwords as Django keeps them, hashed once instead of a million times: a login must not take half a second."""

from __future__ import annotations

from django.contrib.auth.hashers import PBKDF2PasswordHasher


class QuickHasher(PBKDF2PasswordHasher):
    """Django's own first choice with one iteration."""

    iterations = 1
