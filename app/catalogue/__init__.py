"""Models, providers and token ranks are data here; importing this package reads none of them."""
