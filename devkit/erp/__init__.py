"""The sample ERP: its schema, data for it, and somebody who edits."""
