"""A folder of three orders in Olist's layout, small enough to count by hand."""

from pathlib import Path

ORDERS = """\
order_id,customer_id,order_status,order_purchase_timestamp,order_approved_at,\
order_delivered_carrier_date,order_delivered_customer_date,order_estimated_delivery_date
o1,c1,delivered,2026-01-05 10:00:00,2026-01-05 10:20:00,2026-01-06 08:00:00,2026-01-12 23:59:59,\
2026-01-12 00:00:00
o2,c2,delivered,2026-01-05 23:59:59,2026-01-06 00:10:00,2026-01-07 08:00:00,2026-01-13 00:00:00,\
2026-01-12 00:00:00
o3,c3,canceled,2026-01-06 00:00:00,2026-01-06 01:00:00,,,2026-01-20 00:00:00
o4,c4,created,2026-01-06 09:00:00,,,,2026-01-20 00:00:00
o5,c5,unavailable,2026-01-06 09:30:00,2026-01-06 09:31:00,,,2026-01-20 00:00:00
"""
ITEMS = """\
order_id,order_item_id,product_id,seller_id,shipping_limit_date,price,freight_value
o1,1,p1,s1,2026-01-08 00:00:00,10.00,0.00
o1,2,p1,s1,2026-01-08 00:00:00,10.00,0.00
o1,3,p2,s2,2026-01-08 00:00:00,5.50,1.20
o2,1,p1,s2,2026-01-08 00:00:00,9.00,2.00
o3,1,p1,s1,2026-01-08 00:00:00,10.00,0.00
o4,1,p1,s1,2026-01-08 00:00:00,10.00,0.00
"""
REVIEWS = """\
review_id,order_id,review_score,review_comment_title,review_comment_message,\
review_creation_date,review_answer_timestamp
r1,o1,4,,"Good,
and ""quick"" too",2026-01-14 00:00:00,2026-01-15 10:00:00
r2,o2,3,,,2026-01-14 00:00:00,2026-01-15 10:00:00
r3,o3,1,no,,2026-01-21 00:00:00,2026-01-22 10:00:00
"""
PRODUCTS = """\
product_id,product_category_name,product_name_lenght
p1,toys,10
p2,,11
"""
FILES = {
    "olist_orders_dataset.csv": ORDERS,
    "olist_order_items_dataset.csv": ITEMS,
    "olist_order_reviews_dataset.csv": REVIEWS,
    "olist_products_dataset.csv": PRODUCTS,
}
ORDERS_FILE, ITEMS_FILE, REVIEWS_FILE, PRODUCTS_FILE = FILES


def write_small(folder: Path, **changed: str | None) -> Path:
    """The folder; `orders="…"` gives a file other words, None leaves it out."""
    folder.mkdir(parents=True, exist_ok=True)
    names = dict(zip(("orders", "items", "reviews", "products"), FILES, strict=True))
    for short, name in names.items():
        text = changed.get(short, FILES[name])
        if text is not None:
            (folder / name).write_text(text, "utf-8", newline="")
    return folder
