"""The enforcers that come with the agent: managed files, and the agent's own settings."""
