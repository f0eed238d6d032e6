"""Standing orders: the same bowl on certain days of the week at a certain hour, until the client says otherwise.

A *standing order* is what the client wants; a *visit* is one of its days, laid out a week ahead (`visits`). The evening before, the
worker turns a visit into an order (`placing`); what is out of stock, or has become much dearer, is asked about and never replaced.
"""
