"""`fyr room` and `fyr delivery`: set up a room, test it, list deliveries and send one again."""

from tests.cli.program import Fyr


def test_a_room_is_set_up_and_its_deliveries_are_listed(fyr: Fyr) -> None:
    url = "url=https://hooks.example.net/in"
    made = fyr("room", "add", "webhook", "Billing", "--field", url)
    assert made.code == 0
    room, secret = made.out.split()
    assert secret.startswith("whsec_")
    listed = fyr("room", "list").out
    assert listed == f"{room}\tactive\twebhook\ten\tBilling\thooks.example.net\n"
    assert secret not in listed
    assert fyr("room", "test", room).code == 0
    waiting = fyr("delivery", "list", "--state", "waiting").out.split("\t")
    assert waiting[2:6] == ["waiting", "test", "webhook", "Billing"]
    assert fyr("delivery", "list").out == ""
    refused = fyr("delivery", "repeat", waiting[0])
    assert refused.code == 1
    assert "still on the way" in refused.err
    assert fyr("room", "add", "slack", "Ops", "--field", "url").code == 1
