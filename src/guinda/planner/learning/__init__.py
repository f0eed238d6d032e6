"""What the planner learns, by versions: what an offer or a play adds, how much is still to come from a client, and who leaves.

`subjects.learn(kind, subject)` learns one anew and keeps it as a version with the window of its data; it comes into use only where it does
no worse than what is in use and than chance. `versions.use` goes back to an older one. `nightly.learn_nightly` does all of it once a day,
`drifting.look` tells in words when what is seen has moved since. Nothing kept is code: numbers, text and names of facts.
"""
