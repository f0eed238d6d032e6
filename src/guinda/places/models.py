"""The rows of a city: its lines, the stations on them, the stores we deliver from."""

from __future__ import annotations

from typing import ClassVar, NamedTuple, Self

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from guinda.base.points import Point

LATITUDE = [MinValueValidator(-90), MaxValueValidator(90)]
LONGITUDE = [MinValueValidator(-180), MaxValueValidator(180)]


class Bounds(NamedTuple):
    """The rectangle a city is drawn in, in degrees."""

    south: float
    west: float
    north: float
    east: float

    def __contains__(self, point: object) -> bool:
        """Whether a point lies inside or on the edge."""
        return isinstance(point, Point) and self.holds(point)

    def holds(self, point: Point) -> bool:
        """The same, for those who know that it is a point."""
        return self.south <= point.lat <= self.north and self.west <= point.lon <= self.east


class Named(models.Model):
    """Has a name as the city writes it and the same name in Latin letters."""

    name = models.CharField(_("name"), max_length=80)
    name_latin = models.CharField(_("name in Latin letters"), max_length=80)

    objects: ClassVar[models.Manager[Self]] = models.Manager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """The name for the language being spoken: in its own letters for Russian readers, else Latin."""
        return self.name if (get_language() or "").startswith("ru") else self.name_latin


class City(Named):
    """One city: how time and money are shown there, and the rectangle we draw of it."""

    slug = models.SlugField(_("slug"), primary_key=True)
    time_zone = models.CharField(
        _("time zone"), max_length=40, help_text=_("IANA name, for example Europe/Moscow")
    )
    country = models.CharField(
        _("country"),
        max_length=2,
        validators=[RegexValidator(r"^[A-Z]{2}\Z")],
        help_text=_(
            "ISO 3166 code of two capital letters, for example RU. Telephone numbers without a country code are of it."
        ),
    )
    currency = models.CharField(_("currency"), max_length=3, validators=[RegexValidator(r"^[A-Z]{3}$")])
    south = models.FloatField(_("south"), validators=LATITUDE)
    west = models.FloatField(_("west"), validators=LONGITUDE)
    north = models.FloatField(_("north"), validators=LATITUDE)
    east = models.FloatField(_("east"), validators=LONGITUDE)
    water = models.JSONField(
        _("water"),
        default=list,
        blank=True,
        help_text=_(
            'A list of {"kind": "area" or "line", "name": text, "points": [[latitude, longitude], ...]}'
        ),
    )
    parks = models.JSONField(
        _("parks"),
        default=list,
        blank=True,
        help_text=_('A list of {"name": text, "points": [[latitude, longitude], ...]}'),
    )
    credit = models.CharField(
        _("credit"),
        max_length=200,
        blank=True,
        help_text=_("Whose data the map is drawn from, as their licences ask; written on every map"),
    )

    class Meta:
        verbose_name = _("city")
        verbose_name_plural = _("cities")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(south__gte=-85, north__lte=85, south__lt=models.F("north")),
                name="city_south_below_north",
            ),
            models.CheckConstraint(
                condition=models.Q(west__gte=-180, east__lte=180, west__lt=models.F("east")),
                name="city_west_before_east",
            ),
            models.CheckConstraint(
                condition=models.Q(country__regex=r"^[A-Z]{2}$"), name="city_country_code"
            ),
            models.CheckConstraint(
                condition=models.Q(currency__regex=r"^[A-Z]{3}$"), name="city_currency_code"
            ),
        ]

    @property
    def bounds(self) -> Bounds:
        """The rectangle the city is drawn in."""
        return Bounds(self.south, self.west, self.north, self.east)


class Line(Named):
    """A line of the city's railway, in its colour, drawn along `path`; a ring ends where it began."""

    city = models.ForeignKey(City, models.CASCADE, related_name="lines", verbose_name=_("city"))
    code = models.CharField(_("code"), max_length=8, help_text=_("As on the signs, for example 5"))
    colour = models.CharField(_("colour"), max_length=7, validators=[RegexValidator(r"^#[0-9A-Fa-f]{6}$")])
    path = models.JSONField(
        _("path"), default=list, help_text=_("[[latitude, longitude], ...] in drawing order")
    )
    source_id = models.CharField(_("key in the feed"), max_length=200, blank=True, editable=False)

    class Meta:
        verbose_name = pgettext_lazy("of a railway", "line")
        verbose_name_plural = pgettext_lazy("of a railway", "lines")
        constraints = [
            models.UniqueConstraint(fields=["city", "code"], name="line_code_unique_in_city"),
            models.CheckConstraint(
                condition=models.Q(colour__regex=r"^#[0-9A-Fa-f]{6}$"), name="line_colour_is_hex"
            ),
            models.UniqueConstraint(
                fields=["city", "source_id"],
                condition=~models.Q(source_id=""),
                name="line_source_unique_in_city",
            ),
        ]


class Station(Named):
    """A station as passengers name it: platforms of one name, a short walk apart, are one."""

    city = models.ForeignKey(City, models.CASCADE, related_name="stations", verbose_name=_("city"))
    slug = models.SlugField(_("slug"))
    lat = models.FloatField(_("latitude"), validators=LATITUDE)
    lon = models.FloatField(_("longitude"), validators=LONGITUDE)
    yearly_entries = models.PositiveIntegerField(_("entries a year"), default=0)
    source_id = models.CharField(_("key in the feed"), max_length=200, blank=True, editable=False)
    lines = models.ManyToManyField(
        Line, through="Stop", related_name="stations", verbose_name=pgettext_lazy("of a railway", "lines")
    )

    class Meta:
        verbose_name = _("station")
        verbose_name_plural = _("stations")
        constraints = [
            models.UniqueConstraint(fields=["city", "slug"], name="station_slug_unique_in_city"),
            models.CheckConstraint(condition=models.Q(lat__range=(-90, 90)), name="station_lat_in_range"),
            models.CheckConstraint(condition=models.Q(lon__range=(-180, 180)), name="station_lon_in_range"),
            models.CheckConstraint(
                condition=models.Q(yearly_entries__gte=0), name="station_entries_not_negative"
            ),
            models.UniqueConstraint(
                fields=["city", "source_id"],
                condition=~models.Q(source_id=""),
                name="station_source_unique_in_city",
            ),
        ]

    @property
    def point(self) -> Point:
        """Where it is."""
        return Point(self.lat, self.lon)


class Entrance(models.Model):
    """A way into a station, as its feed has it."""

    station = models.ForeignKey(Station, models.CASCADE, related_name="entrances", verbose_name=_("station"))
    source_id = models.CharField(_("key in the feed"), max_length=200)
    name = models.CharField(_("name"), max_length=80, blank=True)
    lat = models.FloatField(_("latitude"), validators=LATITUDE)
    lon = models.FloatField(_("longitude"), validators=LONGITUDE)

    objects: ClassVar[models.Manager[Self]] = models.Manager()

    class Meta:
        verbose_name = _("entrance")
        verbose_name_plural = _("entrances")
        constraints = [
            models.UniqueConstraint(
                fields=["station", "source_id"], name="entrance_source_unique_at_station"
            ),
            models.CheckConstraint(condition=models.Q(lat__range=(-90, 90)), name="entrance_lat_in_range"),
            models.CheckConstraint(condition=models.Q(lon__range=(-180, 180)), name="entrance_lon_in_range"),
        ]

    def __str__(self) -> str:
        return self.name or self.source_id


class Stop(models.Model):
    """A station's place on a line, counted from the line's first station (0)."""

    line = models.ForeignKey(
        Line, models.CASCADE, related_name="stops", verbose_name=pgettext_lazy("of a railway", "line")
    )
    station = models.ForeignKey(Station, models.CASCADE, related_name="stops", verbose_name=_("station"))
    position = models.PositiveSmallIntegerField(_("position"))

    class Meta:
        verbose_name = _("stop")
        verbose_name_plural = _("stops")
        ordering = ["line", "position"]
        constraints = [
            models.UniqueConstraint(fields=["line", "position"], name="stop_position_unique_on_line"),
            models.UniqueConstraint(fields=["line", "station"], name="stop_station_once_on_line"),
        ]

    def __str__(self) -> str:
        return f"{self.line} {self.position}: {self.station}"


class Store(Named):
    """Where stock lies and couriers leave from."""

    city = models.ForeignKey(City, models.CASCADE, related_name="stores", verbose_name=_("city"))
    slug = models.SlugField(_("slug"))
    street = models.CharField(_("street and house"), max_length=120)
    lat = models.FloatField(_("latitude"), validators=LATITUDE)
    lon = models.FloatField(_("longitude"), validators=LONGITUDE)
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("store")
        verbose_name_plural = _("stores")
        constraints = [
            models.UniqueConstraint(fields=["city", "slug"], name="store_slug_unique_in_city"),
            models.CheckConstraint(condition=models.Q(lat__range=(-90, 90)), name="store_lat_in_range"),
            models.CheckConstraint(condition=models.Q(lon__range=(-180, 180)), name="store_lon_in_range"),
        ]

    @property
    def point(self) -> Point:
        """Where it is."""
        return Point(self.lat, self.lon)
