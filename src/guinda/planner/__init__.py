"""The planner: whom to offer what today, so that acquiring and keeping clients costs least, with proof.

Words: a *plan* is of one day and one currency. Its *candidates* are the offers that pass the sieves and the seller's steps that are due,
each with a channel, a cost, minutes and what it is expected to *add*: the chance it changes, times the margin still to come. A *choice*
is what the plan gives one client, with its reason. A *pin* is a person's word that the plan is made around. A *trial* is a client
offered, or left alone, by a throw of a coin, so that what offers add stays measurable. What is *learned* from trials and holdouts is
kept by versions.

The arithmetic is `solvers.allocate`, `uplift`, `lifetime` and `churn`. Whether a client may be offered a thing is asked of
`offers.eligibility`, whether they may be contacted of `clients.contacting`. A kept plan speaks to nobody by itself: its choices become
steps of plays on today's lists, and offers presented as any other.
"""
