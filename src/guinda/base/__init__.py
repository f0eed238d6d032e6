"""What every room stands on: clock, money, codes, points, refusals, the embedded database, shared templates and styles.

Words: *now* (an instant in UTC that comes in from the edge), *refusal* (one sentence that tells a user what to do next),
*point* (latitude and longitude in degrees). This room knows no other room and holds no rows of the business.
"""
