"""The desk of those who run the service: one package for its pages; refuses to be reached without a seat."""
