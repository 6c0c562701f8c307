"""Reads what students handed in (files, folders, zips, downloads) without trusting anything in it."""
