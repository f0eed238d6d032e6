"""Who holds how much of which lot. Stock changes only by a movement, from one holder to another.

A *holder* is a store, a seller's bag, or the outside (growers, clients, waste). A *holding* is the sum of its movements plus what is
held for orders not yet handed over. Prices and promises are not here.
"""
