"""The charts as template tags: {% bars "Impact ratio" rows low=0.8 high=1.25 %}; arguments as in apps/core/charts."""

from django import template

from apps.core import charts

register = template.Library()

for chart in (
    charts.bars,
    charts.graph,
    charts.histogram,
    charts.lines,
    charts.multiples,
    charts.parallel,
    charts.reliability,
    charts.roc,
    charts.spark,
    charts.stacked,
    charts.steps,
):
    register.simple_tag(chart, name=chart.__name__)

register.filter("for_print", charts.for_print)
