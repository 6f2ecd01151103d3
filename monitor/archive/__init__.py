"""The archive: what arrived, by hour and room as Parquet, in a folder or in S3, for years."""
