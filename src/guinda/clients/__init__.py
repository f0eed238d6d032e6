"""The client book: who buys, how to reach them, where they live, and how they prove that a telephone is theirs.

No account is needed to order; a client becomes known by confirming a telephone number with a code. What they bought is in `orders`.
"""
