"""Mendletter: letters that fit the phase of healing a reader is in. This front hall imports nothing."""
