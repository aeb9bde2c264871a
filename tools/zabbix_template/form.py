"""How a template file is written: YAML as Zabbix exports it, and UUIDs that stay the same."""

import uuid


def uuid_of(text):
    """The UUID of a part, from what the part is: an import finds it again by it. Zabbix wants version 4."""
    number = uuid.uuid5(uuid.NAMESPACE_URL, f"getad/zabbix/{text}").int
    return uuid.UUID(int=number & ~(0xF << 76) | (4 << 76)).hex


def yaml(value, indent=0):
    """Maps, lists and texts as YAML. Every scalar is a quoted text: Zabbix refuses numbers."""
    return "".join(f"{'  ' * indent}{line}\n" for line in lines(value))


def lines(value):
    if isinstance(value, dict):
        for key, part in value.items():
            if part == "" or part == []:
                continue
            if isinstance(part, (dict, list)):
                yield f"{key}:"
                yield from ("  " + line for line in lines(part))
            else:
                yield f"{key}: {quoted(part)}"
    else:
        for part in value:
            first, *rest = [quoted(part)] if isinstance(part, str) else lines(part)
            yield f"- {first}"
            yield from ("  " + line for line in rest)


def quoted(text):
    if "\n" in text:
        raise ValueError(f"more than one line: {text!r}")
    return "'" + text.replace("'", "''") + "'"
