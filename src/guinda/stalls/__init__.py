"""The simple sale: a street seller, a bag of fruit, cash, and a telephone that needs no line.

A *stall* is a street seller's spot; a *seller* stands there; a *bag* is the fruit and the change handed out in the morning, with
the prices of that moment; a *sale* is one lot and weight paid in cash; a *tally* is a sale that did not happen and what the client
asked; a *difference* is what a count found beside the books, with its reason.
Nothing here promises a time, takes cards or keeps clients' names.
"""
