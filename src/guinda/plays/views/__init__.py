"""The room's pages: today's list of a seller and its steps; plays and their editor."""
