"""FHIR and nothing else: the seam to a server, the embedded server, and the synthetic cohort."""

from .backend import FHIR_JSON, Backend, Change, Params, Resource, Response, Server, Session

__all__ = ["FHIR_JSON", "Backend", "Change", "Params", "Resource", "Response", "Server", "Session"]
