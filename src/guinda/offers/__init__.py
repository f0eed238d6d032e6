"""What moves a company from its usual supplier, or keeps it: tools, offers made of them, competitors' offers, beautiful numbers.

A *tool* is a kind of thing one can offer, with its cost, stock and texts. Three *sieves* say who may be offered it, and why not. An
*offer* is one tool before one client, from the draft to the yes or no, and what the yes does. An *approach* is a competitor's offer that
a client told us of.

A *numbering* is an operator's plan: a prefix, so many digits, how they are read aloud, and the *classes* its masks put numbers in. A
*number* is a unique item: free, sold to one client, or resting after it came back. A *hold* keeps a free number for one seller until a
stated time and frees it by itself. A *wish* is how people ask for numbers; `solvers.wish` writes out what fits and `solvers.grade` says
how beautiful it is, so the database is only asked which of them are free.

Which offer goes to whom today, under a budget and the sellers' hours, is not decided here.
"""
