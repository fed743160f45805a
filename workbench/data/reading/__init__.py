"""From whatever holds the data to tables: files, folders, archives, the hub."""
