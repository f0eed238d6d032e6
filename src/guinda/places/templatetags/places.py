"""`{% load places %}{% city_map city %}`: the city's map; its page loads `places/map.css` and `places/map.js`."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString

from guinda.places import maps
from guinda.places.models import City

register = template.Library()


@register.simple_tag
def city_map(city: City) -> SafeString:
    """The map of a city as inline SVG."""
    return maps.drawn(city)
