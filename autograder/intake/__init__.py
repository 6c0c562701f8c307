"""What was handed in: files, folders, zips and downloads, read without trusting anything in them."""
