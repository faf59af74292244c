"""How far is it, and does the published length hold? Run: python examples/distances.py"""

import corridor

table = corridor.distance_metrics()
known = table.dropna(subset=["published_km"]).sort_values("difference_percent")
print(known[["rail_km", "published_km", "difference_percent"]].round(1).to_string())
