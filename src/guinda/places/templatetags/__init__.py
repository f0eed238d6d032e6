"""Tags that draw the city."""
