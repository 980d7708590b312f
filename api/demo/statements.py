"""What is written to a seller of the demonstration marketplace, rule by rule."""

from typing import Final

GOODS: Final = (
    "wireless earbuds", "phone case", "kitchen scale", "LED strip", "yoga mat", "hair clipper",
    "garden hose", "desk lamp", "power bank", "running shoes", "wrist watch", "baby monitor",
    "car charger", "tea set", "fishing reel", "backpack", "cordless drill", "face mask set",
)  # fmt: skip

PROHIBITED: Final = {
    "flammable-chemicals": "Lighter refill fluid is offered beside the {goods}.",
    "weapons": "A spring-assisted knife is sold under the title '{goods}'.",
    "medicines": "Prescription tablets are offered as an add-on to the {goods}.",
    "drug-paraphernalia": "The photographs show a grinder and pipes with the {goods}.",
    "illegal-services": "The description offers forged certificates of origin.",
    "protected-species": "The handle is described as genuine tortoiseshell.",
    "obscene-media": "The gallery holds images that may not be shown.",
    "toxic-medicinal-materials": "Raw aconite root is listed as a herbal gift.",
    "toy-crossbows": "A toothpick crossbow is bundled with the {goods}.",
    "eavesdropping-devices": "The {goods} hides a transmitter, as the description says itself.",
    "cannabis-wording": "The title uses slang for cannabis.",
    "seeds": "Vegetable seeds are shipped abroad without a plant passport.",
    "perfumes": "A tester bottle of perfume is sold with the {goods}.",
    "food-and-tea": "Loose tea is listed without a food licence.",
    "e-cigarettes": "Refill pods are offered as '{goods} accessories'.",
    "magnetic-balls": "Loose magnetic balls are sold as a toy.",
    "fidget-spinners": "A spinner with a blade-shaped edge is listed.",
    "recalled-goods": "The model of {goods} was recalled by its maker.",
    "unsafe-electronics": "The {goods} has no mark of conformity, and its plug is not earthed.",
    "unproven-health-claims": "The {goods} is said to cure back pain within a week.",
}
LISTING_QUALITY: Final = {
    "wrong-category": "The {goods} stands under Jewellery.",
    "wrong-attributes": "Material and size of the {goods} contradict the photographs.",
    "keyword-stuffing": "Names of eleven brands fill the title of the {goods}.",
    "duplicate-listing": "The same {goods} is listed nine times.",
    "misdescription": "The {goods} is described as new; buyers received refurbished ones.",
    "unit-deception": "The price is per piece, the title promises a lot of ten.",
    "price-deception": "The price before the discount was never asked.",
    "shipping-cost-mismatch": "Shipping of the {goods} costs four times what carriers ask.",
    "product-replacement": "A listing with 4,000 reviews now sells another {goods}.",
    "sku-deception": "The cheapest variant of the {goods} is only its packaging.",
    "title-category-mismatch": "The title says {goods}, the category says spare parts.",
    "self-purchase": "Forty orders came from the seller's own address.",
    "fake-reviews": "Reviews of the {goods} were written by paid accounts.",
    "misleading-discount": "A countdown for the {goods} starts anew every hour.",
}
TRANSACTION: Final = {
    "false-delivery": "The tracking number belongs to a parcel of another country.",
    "collusive-purchase": "Buyer and seller settled outside, and the refund was asked twice.",
    "early-confirmation": "Buyers were asked to confirm receipt before the {goods} arrived.",
    "serious-misdescription": "Buyers of the {goods} received an empty box.",
    "harassment": "A buyer who wrote one star was called on the telephone.",
    "illegal-profit": "Coupons were cashed through orders that were never sent.",
    "order-disruption": "Orders of a competitor were placed and cancelled in bulk.",
    "unfair-competition": "The description disparages another shop by name.",
    "breach-of-commitment": "Free returns were promised for the {goods} and then refused.",
    "malicious-liquidation": "Everything was sold far below cost, and nothing was sent.",
    "offline-diversion": "A card in the parcel asks buyers to order by messenger.",
    "repeated-disputes": "One order in five of the {goods} was disputed this month.",
    "unsent-orders": "Orders of the {goods} were not sent within the promised days.",
    "missing-tracking": "Parcels left without a tracking number.",
    "no-reply-72h": "Questions about the {goods} stayed without an answer for 72 hours.",
}
INTELLECTUAL_PROPERTY: Final = {
    "copyright": "Photographs of the {goods} were taken from the maker's catalogue.",
    "trademark": "The {goods} carries a mark whose owner gave no licence.",
    "patent": "The hinge of the {goods} is under a patent of another company.",
}
GRAVE: Final = {
    "illegal-drugs": "A controlled substance was offered under the title '{goods}'.",
    "explosives": "Fireworks of the strongest class were offered with the {goods}.",
    "firearms-ammunition": "Cartridges were offered as '{goods} parts'.",
    "human-remains": "A human bone was offered as a curiosity.",
}
FAMILIES: Final = (PROHIBITED, LISTING_QUALITY, TRANSACTION, INTELLECTUAL_PROPERTY)
ANNULMENTS: Final = (
    "The seller's licence was on file and had been overlooked.",
    "The listing belonged to another shop of the same name.",
    "The rights holder withdrew the complaint.",
    "The parcel's second tracking number shows a delivery in time.",
    "The photographs were the seller's own, as the raw files show.",
)
WAIVERS: Final = (
    "The shop was sold; the new owner has cleared every listing.",
    "All buyers were refunded and the supplier was replaced.",
    "The seller finished the course and passed the inspection.",
)
APPEALS: Final = (
    "We hold the licence; it was uploaded in March.",
    "The photographs show another shop's parcel.",
    "The listing was corrected a day before it was reported.",
    "The carrier confirms the delivery in writing.",
)
REASONS: Final = {
    "upheld": ("The licence is valid.", "The carrier's letter is genuine."),
    "rejected": ("The licence is for another mark.", "The evidence is older than the listing."),
}
CLAIMS: Final = {
    "not-received": ("Nothing came.", "The parcel was empty of what I ordered."),
    "not-as-described": ("It is another colour.", "It broke on the first day.", "It is used."),
    "withdrawal": ("I changed my mind.",),
}
RULINGS: Final = (
    "The photographs show the fault; half is fair, since it can be used.",
    "Neither side proves all of its claim.",
)
DECISIONS: Final = (
    "The same person runs three shops that were closed before.",
    "Payments go to an account that belongs to somebody else.",
)
COMPLAINTS: Final = (
    "It is not what the photographs show.",
    "The mark on it is mine, and I never licensed it.",
    "They changed the price after I had paid.",
)
FINDINGS: Final = {
    "violation": ("The description and the photographs contradict each other.",),
    "infringement": ("The mark is registered, and the seller has no licence.",),
    "dismissed": ("The invoice is the maker's.", "The listing says what was sent."),
    "upheld": ("The buyer claimed nine parcels that the carrier photographed at the door.",),
    "approved": ("The price fits, and the stock is there.",),
    "rejected": ("The price before the discount was raised last week.",),
}
