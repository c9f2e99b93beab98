"""The rules: one small file a family, one function a rule, an explicit tuple of all in `catalogue`."""
