"""Registers the room with Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PlannerConfig(AppConfig):
    """The room `planner`."""

    name = "guinda.planner"
    label = "planner"
    verbose_name = _("Planner")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell plays of what a plan chose and in which order, and the sieves whom a trial leaves alone."""
        from guinda.clients import rooms  # deferred: models are not loaded before
        from guinda.offers import eligibility
        from guinda.planner import keeping, todays
        from guinda.planner.client_book import PlannerRoom
        from guinda.planner.models import CHOSEN
        from guinda.plays import events, today

        events.register(events.Kind(CHOSEN, _("the day’s plan chose an offer for them"), keeping.by_choice))
        today.plan_by(todays.InForce())
        sentence = _("They are left alone with it for a while, to learn what offering it adds.")
        eligibility.also_ask(todays.LEFT_ALONE, sentence, todays.left_alone)
        rooms.register(PlannerRoom())
