"""The web: the patient's chat page and the coordinators' desk."""
