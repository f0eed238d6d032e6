"""Clients: people and companies, where they live, and which of them turned out to be one."""

from __future__ import annotations

from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

E164 = r"^\+[1-9][0-9]{6,14}$"


def is_zone(name: str) -> None:
    """Refuse what is not the name of a time zone."""
    if name not in available_timezones():
        said = _("“%(name)s” is not a time zone; try Europe/Moscow.")
        raise ValidationError(said, params={"name": name})


class Client(models.Model):
    """A person or a company that buys or may buy; anonymous orders have no client.

    A person who ordered at a panel is known by a confirmed telephone. One client has one telephone here; whoever has two was merged:
    the other row stays, with its telephone, and points to the one that is kept.
    """

    class Kind(models.TextChoices):
        """What a client is."""

        PERSON = "person", _("person")
        COMPANY = "company", _("company")

    kind = models.CharField(
        _("kind"), max_length=8, choices=Kind.choices, default=Kind.PERSON, db_default=Kind.PERSON
    )
    phone = models.CharField(
        _("telephone"),
        max_length=16,
        unique=True,
        null=True,
        blank=True,
        help_text=_("E.164, for example +74951234567."),
    )
    email = models.EmailField(_("e-mail"), max_length=120, blank=True, default="", db_default="")
    name = models.CharField(_("name"), max_length=120, blank=True, default="")
    language = models.CharField(_("language"), max_length=2, default="en")
    since_at = models.DateTimeField(_("client since"))
    city = models.ForeignKey(
        "places.City",
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("city"),
        help_text=_("Whose clock counts for quiet hours where the time zone is not known."),
    )
    time_zone = models.CharField(
        _("time zone"),
        max_length=40,
        blank=True,
        default="",
        db_default="",
        validators=[is_zone],
        help_text=_("IANA name, for example Europe/Moscow; empty: the city’s."),
    )
    size = models.PositiveIntegerField(
        _("size"), null=True, blank=True, help_text=_("Of a company: how many people work there.")
    )
    merged_into = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        related_name="merged",
        null=True,
        blank=True,
        verbose_name=_("merged into"),
    )
    erased_at = models.DateTimeField(_("erased"), null=True, blank=True)

    class Meta:
        verbose_name = _("client")
        verbose_name_plural = _("clients")
        permissions = [
            ("merge_client", _("Can merge clients, and undo it")),
            ("erase_client", _("Can export and erase one client’s data")),
        ]
        indexes = [
            models.Index(
                fields=["name"], name="clients_client_name_prefix", opclasses=["varchar_pattern_ops"]
            ),
            models.Index(Lower("email"), name="clients_client_email", condition=~Q(email="")),
            models.Index(
                fields=["merged_into"], name="clients_client_merged", condition=Q(merged_into__isnull=False)
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(phone__regex=E164), name="clients_client_phone_e164"),
            models.CheckConstraint(
                condition=Q(phone__isnull=False) | ~Q(email="") | ~Q(name="") | Q(erased_at__isnull=False),
                name="clients_client_is_somebody",
            ),
            models.CheckConstraint(
                condition=Q(size=None) | Q(kind="company"), name="clients_client_size_of_company"
            ),
            models.CheckConstraint(
                condition=Q(merged_into=None) | ~Q(merged_into=F("id")), name="clients_client_not_into_itself"
            ),
            models.CheckConstraint(
                condition=Q(erased_at=None) | Q(phone=None, email="", name=""),
                name="clients_client_erased_is_nobody",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.phone or self.email or f"№ {self.pk}"

    def get_absolute_url(self) -> str:
        """The page in the office."""
        return reverse("client", args=[self.pk])


class Address(models.Model):
    """Where a client lives or wants the bag brought."""

    client = models.ForeignKey(
        Client, on_delete=models.CASCADE, related_name="addresses", verbose_name=_("client")
    )
    lat = models.FloatField(_("latitude"))
    lon = models.FloatField(_("longitude"))
    street = models.CharField(_("street"), max_length=160)
    flat = models.CharField(_("flat"), max_length=40, blank=True, default="")
    note = models.CharField(_("note"), max_length=200, blank=True, default="")
    used_at = models.DateTimeField(_("last used"))

    class Meta:
        verbose_name = _("address")
        verbose_name_plural = _("addresses")
        indexes = [models.Index(fields=["street", "flat"], name="clients_address_street")]
        constraints = [
            models.UniqueConstraint(fields=["client", "street", "flat"], name="clients_address_once"),
            models.CheckConstraint(
                condition=Q(lat__range=(-90, 90)) & Q(lon__range=(-180, 180)),
                name="clients_address_on_earth",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.street} {self.flat}".strip()


class Merge(models.Model):
    """Two clients that were one: who said so and when. Undone, what moved goes back; the row stays."""

    kept = models.ForeignKey(
        Client, on_delete=models.PROTECT, related_name="merges", verbose_name=_("kept client")
    )
    gone = models.ForeignKey(
        Client, on_delete=models.PROTECT, related_name="merges_away", verbose_name=_("merged client")
    )
    by = models.CharField(_("by whom"), max_length=100)
    at = models.DateTimeField(_("at"))
    undone_by = models.CharField(_("undone by"), max_length=100, blank=True, default="")
    undone_at = models.DateTimeField(_("undone"), null=True, blank=True)

    class Meta:
        verbose_name = _("merge")
        verbose_name_plural = _("merges")
        constraints = [
            models.UniqueConstraint(
                fields=["gone"], condition=Q(undone_at=None), name="clients_merge_once_at_a_time"
            ),
            models.CheckConstraint(condition=~Q(kept=F("gone")), name="clients_merge_two"),
        ]

    def __str__(self) -> str:
        return f"{self.gone_id} into {self.kept_id}"


class Moved(models.Model):
    """The rows of one table that a merge pointed to the kept client: what an undo points back."""

    merge = models.ForeignKey(Merge, on_delete=models.CASCADE, related_name="moved", verbose_name=_("merge"))
    table = models.CharField(_("table"), max_length=64)
    column = models.CharField(_("column"), max_length=64)
    rows = models.JSONField(_("rows"), help_text=_("Their primary keys."))

    class Meta:
        verbose_name = _("rows of a merge")
        verbose_name_plural = _("rows of merges")
        constraints = [
            models.UniqueConstraint(fields=["merge", "table", "column"], name="clients_moved_once")
        ]

    def __str__(self) -> str:
        return f"{len(self.rows)} of {self.table}"
