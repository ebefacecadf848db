"""What every letter says about its sender; refuses anything that belongs to one reader."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Site:
    """The sender of all letters.

    `base_url` has no trailing slash. `mail_from` and `mail_from_system` are bare addresses. `bounce_domain` may be empty:
    then the envelope sender is `mail_from` and no VERP is used.
    """

    base_url: str
    name: str
    mail_from: str
    mail_from_system: str
    bounce_domain: str
    postal_address: str
    organisation: str

    @property
    def mail_domain(self) -> str:
        """The domain of `mail_from`, in lower case."""
        return self.mail_from.rpartition("@")[2].lower()

    @property
    def help_link(self) -> str:
        """The public help page."""
        return f"{self.base_url}/help"

    @property
    def safer_link(self) -> str:
        """The page about safer mail and devices."""
        return f"{self.base_url}/safer"
