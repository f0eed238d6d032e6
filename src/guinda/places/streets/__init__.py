"""A city's streets as a network: how long it takes on foot, by bicycle and by car, one-way streets and all.

`extract` reads an OpenStreetMap extract, `profiles` says who may go where and how fast, `building` makes junctions and
edges of it, and `network` answers: it snaps points to streets and asks the contraction hierarchy. `travel` is the back end
behind the seam `places.travel.TravelTimes`. A network is built once, by `guinda import-city --streets`, and kept in the data
folder. It knows no turn costs, no traffic of the hour and no gates: the profiles' speeds stand for all of that.
"""
