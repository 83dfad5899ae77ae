"""The reference agent and the swarm (load simulator)."""
