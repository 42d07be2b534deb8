"""Files and pages that a picture is written to."""
