"""Oracle Net: the wire between the driver and a session.

Read from the bottom: ``types`` (primitives), ``scalars``, ``oson`` (values), ``stream`` (packets,
the reader thread, breaks), ``messages`` (one module per message, no state), ``columns`` and
``binds`` (values out and in), ``cursors`` and ``lobs`` (what ids and locators stand for),
``execution`` and ``queues`` (calls of the session and their replies), ``handshake``, ``connection``
(the request loop).
"""
