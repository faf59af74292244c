"""Trains at Manzhouli, year by year, with the claims behind each figure. Run: python examples/volumes.py"""

import corridor

claims = corridor.load_claims()
table = corridor.yearly_volumes()
for row in table[(table["port"] == "manzhouli") & (table["measure"] == "trains")].itertuples():
    sources = "; ".join(sorted(set(claims.loc[[name for name in row.claims.split(";") if name], "publisher"])))
    print(f"{row.year}  {row.lower:>6,.0f} to {row.upper:>6,.0f}  {row.status:8}  {sources}")
