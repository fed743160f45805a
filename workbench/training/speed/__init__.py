"""What makes training quick, and shows where its time goes."""
