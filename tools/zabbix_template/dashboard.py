"""What a host with the template shows on a page of its own: the state of all its registers at a glance."""

from form import uuid_of

# Graphs of every register: name, key of the item, colour.
GRAPHS = [("Осталось дней ФН", "fn_days_left", "1A7C11"), ("Не отправленные документы", "ofd_unsent_count", "F63100")]
# Numbers for all registers together, from left to right; a page is 24 columns wide.
NUMBERS = ["getad.registers", "getad.fn_days_left", "getad.ofd_unsent_count", "getad.oldest_age_seconds"]
WIDTH, NUMBER_HEIGHT, GRAPH_HEIGHT = 24, 3, 8


def graph_prototypes(template):
    return [{
        "uuid": uuid_of(f"{template}/graph/{key}"),
        "name": graph_name(title),
        "graph_items": [{"color": color, "item": {"host": template, "key": f"getad.kkt.{key}[{{#SERIAL}}]"}}],
    } for title, key, color in GRAPHS]


def graph_name(title):
    return f"Касса {{#SERIAL}}: {title}"


def dashboard(template):
    width = WIDTH // len(NUMBERS)
    numbers = [widget("ITEM", "", column * width, 0, width, NUMBER_HEIGHT, [
        ("ITEM", "itemid", {"host": template, "key": key})]) for column, key in enumerate(NUMBERS)]
    graphs = [widget("GRAPH_PROTOTYPE", title, row * WIDTH // 2, NUMBER_HEIGHT, WIDTH // 2, GRAPH_HEIGHT, [
        ("INTEGER", "columns", "1"), ("INTEGER", "rows", "4"),
        ("GRAPH_PROTOTYPE", "graphid", {"host": template, "name": graph_name(title)})])
        for row, (title, _, _) in enumerate(GRAPHS)]
    return {"uuid": uuid_of(f"{template}/dashboard"), "name": "Кассы", "pages": [{"widgets": numbers + graphs}]}


def widget(kind, title, x, y, width, height, fields):
    return {"type": kind, "name": title, "x": str(x), "y": str(y), "width": str(width), "height": str(height),
            "fields": [{"type": of, "name": name, "value": value} for of, name, value in fields]}
