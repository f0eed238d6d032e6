"""Plays: sequences of deliberate steps with a client. What each step says, to whom it falls, what it waits for and where it leads is data.

Words: a *play* is the sequence and is changed by versions (`definition`, written as TOML); a *run* is one client's way through one version;
a *step* falls to the system (a message), to a seller (today's list) or to a panel; a *holdout* are clients who by a hash get none of it, so
that its effect can be measured. `engine` moves runs by set; whether a client may be contacted at all is asked of `clients.contacting`.

It never decides what is for sale or at what price, and it writes to nobody by another way than the outbox of `clients`.
"""
