"""Log followers: the tables reports are read from, their runner and rebuild."""
