"""Data classes whose fields are checked when they are set; here they are taken as they are."""

from dataclasses import MISSING, field


def strict(cls=None, **options):
    return cls if cls is not None else lambda checked: checked


def validated_field(validator, default=MISSING, default_factory=MISSING, **options):
    if default_factory is not MISSING:
        return field(default_factory=default_factory)
    return field(default=default)


def as_validated_field(validator):
    return lambda **options: validated_field(validator, **options)
