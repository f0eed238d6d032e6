"""The room's pages: the sellers' picker, offers in the office, the page a client opens by a link, and competitors' attacks."""
