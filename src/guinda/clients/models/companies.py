"""What is known of a company beyond its name: its people, its places, what it buys and from whom."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from guinda.clients.models.people import E164, Client


class Contact(models.Model):
    """A person at a company, by what they do about buying: one may decide, use and pay at once."""

    company = models.ForeignKey(
        Client, on_delete=models.CASCADE, related_name="contacts", verbose_name=_("company")
    )
    name = models.CharField(_("name"), max_length=120)
    position = models.CharField(_("position"), max_length=120, blank=True, default="")
    phone = models.CharField(_("telephone"), max_length=16, blank=True, default="")
    email = models.EmailField(_("e-mail"), max_length=120, blank=True, default="")
    decides = models.BooleanField(_("decides"), default=False)
    uses = models.BooleanField(_("uses"), default=False)
    pays = models.BooleanField(_("pays"), default=False)

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        indexes = [
            models.Index(fields=["phone"], name="clients_contact_phone", condition=~Q(phone="")),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(phone="") | Q(phone__regex=E164), name="clients_contact_phone_e164"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="clients_contact_named"),
        ]

    def __str__(self) -> str:
        return self.name


class Site(models.Model):
    """A place of a company: an office, a warehouse, a shop."""

    company = models.ForeignKey(
        Client, on_delete=models.CASCADE, related_name="sites", verbose_name=_("company")
    )
    name = models.CharField(_("name"), max_length=120)
    street = models.CharField(_("street"), max_length=160, blank=True, default="")
    people = models.PositiveIntegerField(_("people there"), null=True, blank=True)

    class Meta:
        verbose_name = _("site")
        verbose_name_plural = _("sites")
        constraints = [models.UniqueConstraint(fields=["company", "name"], name="clients_site_once")]

    def __str__(self) -> str:
        return self.name


class Competitor(models.Model):
    """Whom else a company buys from."""

    name = models.CharField(_("name"), max_length=120, unique=True)

    class Meta:
        verbose_name = _("competitor")
        verbose_name_plural = _("competitors")

    def __str__(self) -> str:
        return self.name


class Supply(models.Model):
    """What a company buys, under its own name for it, from us (no competitor) or from whom else, and until when the contract binds it.

    `left_date` is since when it is a competitor's that was ours: it tells a company that left us from one that never was with us.
    """

    company = models.ForeignKey(
        Client, on_delete=models.CASCADE, related_name="supplies", verbose_name=_("company")
    )
    competitor = models.ForeignKey(
        Competitor,
        on_delete=models.PROTECT,
        related_name="supplies",
        null=True,
        blank=True,
        verbose_name=_("from whom"),
        help_text=_("Empty: from us."),
    )
    what = models.CharField(_("what"), max_length=160)
    monthly_minor = models.PositiveBigIntegerField(_("a month, minor units"), null=True, blank=True)
    ends_date = models.DateField(_("contract ends"), null=True, blank=True)
    left_date = models.DateField(_("left us on"), null=True, blank=True)

    class Meta:
        verbose_name = _("supply")
        verbose_name_plural = _("supplies")
        indexes = [
            models.Index(
                fields=["ends_date"], name="clients_supply_ends", condition=Q(ends_date__isnull=False)
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "competitor", "what"],
                nulls_distinct=False,
                name="clients_supply_once",
            ),
            models.CheckConstraint(
                condition=Q(left_date=None) | Q(competitor__isnull=False), name="clients_supply_left_for_whom"
            ),
        ]

    def __str__(self) -> str:
        return self.what
