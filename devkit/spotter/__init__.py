"""A simulator of the CRM (Exact Spotter, API v3) for development and tests, with its quirks."""
