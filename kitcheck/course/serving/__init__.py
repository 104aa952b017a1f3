"""The web page of a class: what its grade book says, for those who have the link, and nothing that can be changed."""
