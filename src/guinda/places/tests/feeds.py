"""Small feeds written by the tests: a whole one, and whatever is changed in it."""

from __future__ import annotations

import zipfile
from datetime import date

from guinda.places.gtfs import reading

TODAY = date(2026, 5, 1)
WHOLE = {
    "agency.txt": "agency_id,agency_name,agency_url,agency_timezone,agency_lang\nm,Metro de Prueba,http://m.example,Europe/Madrid,es\n",
    "routes.txt": "route_id,agency_id,route_short_name,route_long_name,route_type,route_color\n"
    "r1,m,L1,Norte - Sur,1,FF0000\nr2,m,L2,Este - Oeste,1,00aa00\nb1,m,27,Autobús,3,\n",
    "stops.txt": "stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station\n"
    "N,NORTE,40.44,-3.70,1,\nN1,Norte andén 1,40.4401,-3.70,0,N\n"
    "C,Centro,40.42,-3.70,1,\nC1,Centro,40.4202,-3.70,0,C\nC2,Centro,40.4198,-3.70,0,C\n"
    "S,Sur de la Ciudad,40.40,-3.70,1,\nS1,Sur,40.40,-3.70,0,S\n"
    "E,Este,40.42,-3.68,1,\nE1,Este,40.42,-3.68,0,E\n"
    "O,Oeste,40.42,-3.72,1,\nO1,Oeste,40.42,-3.72,0,O\n"
    "X1,Calle Mayor 1,40.4205,-3.7005,2,C\nX2,Calle Mayor 2,40.4195,-3.6995,2,C\n",
    "trips.txt": "route_id,service_id,trip_id,direction_id,shape_id\nr1,d,t1,0,sh1\nr1,d,t2,1,\nr2,d,t3,0,\nb1,d,t4,0,\n",
    "stop_times.txt": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
    "t1,8:00:00,8:00:00,N1,1\nt1,8:05:00,8:05:00,C1,5\nt1,8:09:00,8:09:00,S1,9\n"
    "t2,8:00:00,8:00:00,S1,1\nt2,8:05:00,8:05:00,C1,2\nt2,8:09:00,8:09:00,N1,3\n"
    "t3,8:00:00,8:00:00,O1,1\nt3,8:09:00,8:09:00,E1,3\nt3,8:05:00,8:05:00,C2,2\n",
    "shapes.txt": "shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence\n"
    "sh1,40.44,-3.70,1\nsh1,40.43,-3.695,2\nsh1,40.42,-3.70,3\nsh1,40.40,-3.70,4\n",
}


def write(folder, tables=None, *, packed=zipfile.ZIP_DEFLATED, **changes):
    """A feed's file; `changes` replace whole tables (None: leave out), keyed by name without `.txt`."""
    content = dict(WHOLE if tables is None else tables)
    for name, text in changes.items():
        content.pop(f"{name}.txt", None)
        if text is not None:
            content[f"{name}.txt"] = text
    file = folder / "feed.zip"
    with zipfile.ZipFile(file, "w", packed) as archive:
        for name, text in content.items():
            archive.writestr(name, text)
    return file


def swapped(table, old, new):
    """A table of the whole feed with one thing in it changed."""
    assert old in WHOLE[f"{table}.txt"]
    return {table: WHOLE[f"{table}.txt"].replace(old, new)}


def read(folder, *, wishes=None, limits=None, **changes):
    """What is read of a feed so written."""
    return reading.read(write(folder, **changes), wishes or reading.Wishes(), today=TODAY, limits=limits)
