"""A simulator of HubSpot's CRM API, as far as the integration uses it: companies and contacts."""
