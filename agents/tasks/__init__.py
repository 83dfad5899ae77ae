"""Client tasks: what the server wants run here, when each is due, and its runs, never two for one due time."""
