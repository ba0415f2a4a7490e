"""Pictures of answers: one specification each, shown in a notebook, on a page, or as a file."""

from graphcdp.pictures.charts import bars, heat, intervals, lines
from graphcdp.pictures.picture import Picture, PictureError
from graphcdp.pictures.sankey import Flow, sankey

__all__ = ["Flow", "Picture", "PictureError", "bars", "heat", "intervals", "lines", "sankey"]
