"""Providers: the only place that speaks to vendors of language models; one file per vendor."""
