"""Teams: what belongs to several users together."""
