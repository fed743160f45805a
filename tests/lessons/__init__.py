"""How the notebooks are made and proved: values in prose, stored figures, the table of claims."""
