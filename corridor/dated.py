"""GeoDataFrames with days that GeoJSON takes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import geopandas as gpd


class DatedGeoDataFrame(gpd.GeoDataFrame):  # type: ignore[misc]
    """A GeoDataFrame whose GeoJSON has days as text, ``YYYY-MM-DD``, and null where a day is not known.

    JSON has no days, and geopandas leaves their Timestamps as they are, so ``to_json`` and ``folium.GeoJson`` would
    fail. In the table they stay datetime64, to be compared and counted with; what is taken from it is of this kind too.
    """

    def iterfeatures(self, *args: Any, **options: Any) -> Iterator[dict[str, Any]]:
        """Features of the rows, as those of GeoDataFrame but for the days; all GeoJSON is made of them."""
        days = self.select_dtypes("datetime")
        texts = {name: days[name].dt.strftime("%Y-%m-%d") for name in days.columns}
        yield from gpd.GeoDataFrame(self.assign(**texts)).iterfeatures(*args, **options)
