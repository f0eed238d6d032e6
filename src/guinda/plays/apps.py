"""Registers the room with Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PlaysConfig(AppConfig):
    """The room `plays`."""

    name = "guinda.plays"
    label = "plays"
    verbose_name = _("Plays")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Hear what happens to clients; tell the client book which step is next, and panels how to greet."""
        from guinda.clients import rooms  # deferred: models are not loaded before
        from guinda.panels import greeting as panels
        from guinda.plays import events, greeting, hearing
        from guinda.plays.client_book import PlaysRoom

        events.register_own()
        hearing.listen_to_all()
        rooms.register(PlaysRoom())
        panels.register(greeting.AtPanel())
