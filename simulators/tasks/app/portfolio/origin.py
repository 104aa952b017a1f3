"""The check of a form's origin that Django 4 brought, for machines whose packages still bring Django 3.2."""

from django.middleware.csrf import CsrfViewMiddleware
from django.utils.deprecation import MiddlewareMixin


class OriginMiddleware(MiddlewareMixin):
    """Refuse a form that a browser sends from a page of another address: 403, in the words of Django's own refusal."""

    def process_view(self, request, view, args, kwargs):
        """Compare the `Origin` header, where there is one, with the address that was asked."""
        origin = request.META.get("HTTP_ORIGIN")
        here = f"{request.scheme}://{request.get_host()}"
        if request.method != "POST" or origin is None or origin == here:
            return None
        reason = f"Origin checking failed - {origin} does not match any trusted origins."
        return CsrfViewMiddleware(self.get_response)._reject(request, reason)
