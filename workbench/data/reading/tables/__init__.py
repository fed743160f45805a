"""Files that are tables: CSV and its kin, workbooks, parquet."""
