"""Replays a trace through replicas that each have a cache of their own, under many routing policies."""
