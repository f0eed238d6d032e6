"""Products, varieties, lots and prices: what there is to sell and what a doubting buyer asks about it.

A *product* is a kind of fruit, a *variety* one cultivar of it, a *lot* the crates picked at one grower on one morning with their
evidence. Quantities are not here (see `stock`), nor is who bought what (see `orders`).
"""
