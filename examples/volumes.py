"""Trains at Manzhouli, year by year, with the claims behind each figure. Run: python examples/volumes.py"""

import corridor

claims = corridor.load_claims()
table = corridor.estimate_volumes().table("year", measure="trains", ports=["manzhouli"])
for row in table.itertuples():
    sources = "; ".join(sorted(set(claims.loc[[name for name in row.claims.split(";") if name], "publisher"])))
    print(f"{row.period}  {row.estimate:>6,.0f} ({row.lower:,.0f} to {row.upper:,.0f})  {row.status:9}  {sources}")
