"""The client book's rows: people and companies, what each contact was and cost, and the messages that go to telephones."""

from guinda.clients.models.companies import Competitor, Contact, Site, Supply
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
    "Contact",
    "Merge",
    "Message",
    "Moved",
    "PhoneCode",
    "Site",
    "Supply",
    "Touch",
]
