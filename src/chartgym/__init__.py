"""ChartGym: a hospital record in a box in which LLM agents work."""
