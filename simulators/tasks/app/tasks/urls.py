"""Addresses of the application, below /tasks/."""

from django.urls import path

from . import views

urlpatterns = [
    path("", views.index, name="index"),
]
