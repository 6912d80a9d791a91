"""The technician's hands: keys, enrolment, bay map. Empty until the first certificate is issued."""
