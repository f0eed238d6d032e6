"""What moves a company from its usual supplier, or keeps it: so far, beautiful telephone numbers.

A *numbering* is an operator's plan: a prefix, so many digits, how they are read aloud, and the *classes* its masks put numbers in. A
*number* is a unique item: free, sold to one client, or resting after it came back. A *hold* keeps a free number for one seller until a
stated time and frees it by itself. A *wish* is how people ask for numbers; `solvers.wish` writes out what fits and `solvers.grade` says
how beautiful it is, so the database is only asked which of them are free.

Who should be offered what is not decided here.
"""
