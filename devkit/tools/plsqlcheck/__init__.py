"""plsqlcheck: the house style of PL/SQL and migrations, checked on the stand-in's own parser.

``python -m devkit.tools.plsqlcheck [PATH …] [--json] [--rules]``; exit status 1 when there are
findings. What depends on the project (layers, exceptions, forbidden words) is data:
``[tool.plsqlcheck]`` in pyproject.toml. A line may be excused with ``-- plsqlcheck: allow RULE
because REASON`` on it or on the line before.
"""
