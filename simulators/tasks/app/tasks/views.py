"""Pages of the application."""

from django.http import HttpResponse


def index(request):
    """Greet."""
    return HttpResponse("Hello, world. You're at the tasks index.")
