"""The client book: people and companies, how to reach them, what each contact was and cost, and how a telephone is proved theirs.

No account is needed to order; a client becomes known by confirming a telephone number with a code. Two clients that turn out to be one are
merged, and the merge can be undone. What they bought is in `orders`; which step comes next by a play is not decided here.
"""
