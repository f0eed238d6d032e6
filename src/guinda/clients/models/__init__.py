"""The client book's rows: people and companies, contacts with them and what they agreed to, messages to telephones."""

from guinda.clients.models.companies import Competitor, Contact, Site, Supply
from guinda.clients.models.complaints import Complaint
from guinda.clients.models.consents import Consent, HeldBack, Rule
from guinda.clients.models.messages import Message, PhoneCode
from guinda.clients.models.people import E164, Address, Client, Merge, Moved
from guinda.clients.models.touches import Channel, ChannelPrice, Touch

__all__ = [
    "E164",
    "Address",
    "Channel",
    "ChannelPrice",
    "Client",
    "Competitor",
    "Complaint",
    "Consent",
    "Contact",
    "HeldBack",
    "Merge",
    "Message",
    "Moved",
    "PhoneCode",
    "Rule",
    "Site",
    "Supply",
    "Touch",
]
