"""The city: lines, stations, stores, water, parks, the map we draw of it, and how long it takes to get about.

Words: *city* (its time zone, country, currency and the rectangle we draw), *line* and *station* (one name that
passengers see, with every line that stops there), *entrance*, *stop* (a station's place on a line), *store* (stock
and couriers leave from it), *feed* and *extract* (public data of a city's railways and of its streets). A city is a
file of facts or comes from a feed (`gtfs`, `importing`). Travel times stand behind one interface (`travel.TravelTimes`):
distance times a detour, the streets of an extract (`streets`) or an OSRM server (`osrm`). The room knows nothing of
stock, couriers or clients, and asks no map server for pictures.
"""
