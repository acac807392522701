"""From an uploaded file to a checked, typed Parquet table with its digest and profile. Knows no database."""
