"""The embedded FHIR R4 server: in process, nothing to start, sessions that cost microseconds."""
