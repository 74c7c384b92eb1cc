"""Hash-diff on Spark: does the ERP still hold what both sides agreed on?"""
