"""The console: pages at /__admin/ for using the admin API in a browser."""
