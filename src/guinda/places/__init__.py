"""The city: lines, stations, stores, water, the map we draw of it, and how long it takes to get about.

Words: *city* (its time zone, country, currency and the rectangle we draw), *line* and *station* (one name that
passengers see, with every line that stops there), *stop* (a station's place on a line), *store* (stock
and couriers leave from it). Travel times stand behind one interface (`travel.TravelTimes`); today's back
end is distance times a detour per mode. The room knows nothing of stock, couriers or clients, and asks
no map server for anything.
"""
