"""The law applied to facts. With law/, what the digest of an evaluation covers."""
